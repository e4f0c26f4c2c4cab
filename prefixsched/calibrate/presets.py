"""Estimated prefill costs of public models on public GPUs, from arithmetic alone.

Floating-point operations over rate. A token passes through every weight matrix
of every layer, one multiplication and one addition a weight: 2 P, with P the
weights of the layers; the embedding is a look-up, and the output head is needed
for a prompt's last token alone, so neither is counted. Causal attention
multiplies each token's query with the keys up to it, and the weights so made
with as many values: 4 W operations for each layer and each pair of a token and
one up to it, W being heads times head size, and L²/2 such pairs in L tokens:
2 layers W L². (Hoffmann et al., Training Compute-Optimal Large Language Models,
2022, appendix F, count so, with embedding and head, and without the causal half.)
Extending o cached tokens to L costs the difference, which is the potential cost.

The rate is the vendor's dense BF16 peak times ``UTILISATION``. That factor is an
assumption, as are: no quantised weights, no time for communication between GPUs,
and no cost per request. Real engines differ by a factor of two either way:
calibrate where you can.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from prefixsched.model.cost import Potential
from prefixsched.model.errors import InputError

UTILISATION = Fraction(1, 2)
"""The part of the peak rate that a prefill is taken to reach."""
DIGITS = 4
"""Significant digits of the coefficients: more would be false precision."""


@dataclass(frozen=True)
class Model:
    """What a transformer's configuration states.

    Parameters
    ----------
    layers, width
        Layers, and the size of what passes between them.
    heads, kv_heads, head_size
        Query heads, key-value heads, and the size of each.
    inner
        Width of the gated feed-forward part, which has three matrices.
    source
        Where these numbers are published.
    """

    layers: int
    width: int
    heads: int
    kv_heads: int
    head_size: int
    inner: int
    source: str

    @property
    def weights(self) -> int:
        """Weights of all layers' matrices: queries and output, keys and values, feed-forward."""
        attention = 2 * self.width * (self.heads + self.kv_heads) * self.head_size
        return self.layers * (attention + 3 * self.width * self.inner)


@dataclass(frozen=True)
class Gpu:
    """A GPU's peak rate.

    Parameters
    ----------
    teraflops
        10^12 dense BF16 operations a second: no sparsity.
    source
        Where it is published.
    """

    teraflops: Fraction
    source: str


@dataclass(frozen=True)
class Preset:
    """A model on some GPUs."""

    model: Model
    gpu: Gpu
    gpus: int = 1

    @property
    def cost(self) -> Potential:
        """Microseconds per token and per squared token, rounded to ``DIGITS`` digits."""
        rate = self.gpu.teraflops * 10**6 * self.gpus * UTILISATION  # operations a microsecond
        pair = 2 * self.model.layers * self.model.heads * self.model.head_size
        return Potential(_rounded(2 * self.model.weights / rate), _rounded(pair / rate))


MODELS = {
    "llama-3.1-8b": Model(
        32, 4096, 32, 8, 128, 14336, "config.json of meta-llama/Llama-3.1-8B, Hugging Face"
    ),
    "llama-3.1-70b": Model(
        80, 8192, 64, 8, 128, 28672, "config.json of meta-llama/Llama-3.1-70B, Hugging Face"
    ),
    "qwen2.5-7b": Model(
        28, 3584, 28, 4, 128, 18944, "config.json of Qwen/Qwen2.5-7B, Hugging Face"
    ),
    "qwen3-8b": Model(
        36, 4096, 32, 8, 128, 12288, "config.json of Qwen/Qwen3-8B, Hugging Face"
    ),
}  # fmt: skip
GPUS = {
    "a100": Gpu(Fraction(312), "NVIDIA A100 Tensor Core GPU data sheet, SXM"),
    "h100": Gpu(
        Fraction("989.4"),
        "NVIDIA H100 Tensor Core GPU Architecture white paper, SXM5; H200 equals it",
    ),
    "l40s": Gpu(Fraction("362.05"), "NVIDIA L40S data sheet"),
}
PRESETS = {
    **{
        f"{model}-{gpu}": Preset(MODELS[model], GPUS[gpu])
        for model in ("llama-3.1-8b", "qwen2.5-7b", "qwen3-8b")
        for gpu in GPUS
    },
    "llama-3.1-70b-4xa100": Preset(MODELS["llama-3.1-70b"], GPUS["a100"], 4),
    "llama-3.1-70b-4xh100": Preset(MODELS["llama-3.1-70b"], GPUS["h100"], 4),
}


def preset(name: str) -> Potential:
    """The cost of a preset, in ticks of a microsecond.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name not in PRESETS:
        raise InputError(f"preset: there is no {name!r}; there are {', '.join(PRESETS)}")
    return PRESETS[name].cost


def _rounded(value: Fraction) -> Fraction:
    return Fraction(f"{float(value):.{DIGITS}g}")
