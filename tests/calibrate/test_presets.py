"""Tests of the estimates by arithmetic done again."""

from fractions import Fraction

import pytest

from prefixsched.calibrate.presets import GPUS, MODELS, PRESETS, preset
from prefixsched.model.errors import InputError


@pytest.mark.parametrize(
    ("name", "billions"),
    [("llama-3.1-8b", 6.98), ("llama-3.1-70b", 68.45), ("qwen2.5-7b", 6.53), ("qwen3-8b", 6.95)],
)
def test_weights_are_those_of_the_layers(name, billions):
    """They are what model cards call parameters without the embedding.

    Llama's cards tell totals, 8.03 and 70.6: less 2 · 128,256 · width for embedding and head.
    """
    assert MODELS[name].weights / 1e9 == pytest.approx(billions, abs=0.01)


@pytest.mark.parametrize("name", PRESETS)
def test_costs_are_operations_over_rate(name):
    """Operations of one layer, added up, over half the peak, to four digits."""
    model, gpu, gpus = PRESETS[name].model, PRESETS[name].gpu, PRESETS[name].gpus
    wide = model.heads * model.head_size
    narrow = model.kv_heads * model.head_size
    matrices = [(model.width, wide), (wide, model.width), *[(model.width, narrow)] * 2]
    matrices += [(model.width, model.inner)] * 2 + [(model.inner, model.width)]
    operations = model.layers * sum(2 * rows * columns for rows, columns in matrices)
    rate = float(gpu.teraflops) * 1e12 * gpus / 2
    assert float(preset(name).token) == pytest.approx(operations / rate * 1e6, rel=5e-4)
    # Causal attention: token t multiplies its query with t keys, and weighs t values.
    pairs = sum(model.layers * 2 * (2 * wide * t) for t in range(1, 2001))
    quadratic = float(preset(name).attention) * 2000**2
    assert quadratic == pytest.approx(pairs / rate * 1e6, rel=2e-3)


def test_one_by_hand():
    """2 · 6.979e9 operations at 494.7e12 a second are 28.2 us."""
    cost = preset("llama-3.1-8b-h100")
    assert (cost.token, cost.attention) == (Fraction("28.22"), Fraction("0.0005299"))


def test_an_unknown_preset_names_those_there_are():
    """The message lists the names."""
    with pytest.raises(InputError, match="there is no 'gpt'; there are llama-3.1-8b-a100"):
        preset("gpt")


def test_every_number_has_its_source():
    """Models and GPUs say where their figures are published."""
    assert all(each.source for each in [*MODELS.values(), *GPUS.values()])
