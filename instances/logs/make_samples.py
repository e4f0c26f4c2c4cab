"""Write the sample logs of this folder; the same ones every time.

Both are synthetic, of our own making: no server ran. ``COST`` and ``CONSTANT``
are what calibration should find again.
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np

import prefixsched as ps
from prefixsched.generate.rasq import rasq
from prefixsched.model.cost import Potential

HERE = Path(__file__).parent
COST = Potential(Decimal(60), Decimal("0.001"))
CONSTANT = 3000
NOISE = 0.05
BLOCK = 512


def noise(rng: np.random.Generator, n: int) -> np.ndarray:
    """Factors about 1 whose logarithm is normal."""
    return np.exp(NOISE * rng.standard_normal(n))


def prefill_log(rows: int = 400) -> str:
    """CSV of prefills measured one at a time, of 64 to 32,000 tokens, half with a prefix cached."""
    rng = np.random.Generator(np.random.PCG64(1))
    prompt = np.exp(rng.uniform(np.log(64), np.log(32_000), rows)).astype(np.int64)
    share = rng.uniform(0, 1, rows) * rng.integers(0, 2, rows)
    cached = (prompt * share).astype(np.int64) // 16 * 16
    time = (COST.prefill(prompt, cached) + CONSTANT) * noise(rng, rows)
    lines = [
        f"{x},{o},{t / 1e6:.6f}\n"
        for x, o, t in zip(prompt.tolist(), cached.tolist(), time.tolist(), strict=True)
    ]
    return "prompt_tokens,cached_tokens,seconds\n" + "".join(lines)


def serving_log() -> str:
    """JSON Lines of a stream as a server might have served it that takes the oldest first.

    Fields are Mooncake's, with hashes of 512-token blocks, and when the server
    began with the request and had its first token.
    """
    instance = rasq(
        users=12, per_user=4, u=8 * BLOCK, d=4 * BLOCK, load=Decimal("0.9"), arrivals="poisson",
        seed=3, token_time=COST.token, attention_time=COST.attention,
    )  # fmt: skip
    rng = np.random.Generator(np.random.PCG64(2))
    order = ps.simulate(instance, "fcfs").order.tolist()
    served = ps.evaluate(instance, order)
    work = np.array(served.completion) - np.array(served.start)
    work = (work + CONSTANT) * noise(rng, instance.n)
    begun, done = np.zeros(instance.n), np.zeros(instance.n)
    now = 0.0
    for j in order:
        begun[j] = max(now, float(instance.arrival[j]))
        now = done[j] = begun[j] + work[j]
    ids: dict[tuple[str, int], int] = {}
    rows = [
        {
            "timestamp": int(instance.arrival[j]) / 1000,
            "input_length": int(instance.length[j]),
            "hash_ids": [
                ids.setdefault((str(label), k), len(ids))
                for label, length in instance.prompts.segments(j)
                for k in range(length // BLOCK)
            ],
            "first_admit_ms": round(begun[j] / 1000, 3),
            "first_token_ms": round(done[j] / 1000, 3),
        }
        for j in range(instance.n)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


def main(folder: Path = HERE) -> None:
    """Write both."""
    (folder / "prefill-sample.csv").write_text(prefill_log())
    (folder / "serving-sample.jsonl").write_text(serving_log())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
