"""Tests of bisection: every run ends."""

import os
from collections import Counter
from random import Random
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import prefixsched as ps
from prefixsched.exact.dp.bisection import Bisection
from prefixsched.exact.dp.decision import EFFORTS
from prefixsched.exact.incumbent import Incumbent
from prefixsched.model.cost import Table
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.prompts import Prompts
from prefixsched.model.status import Status
from prefixsched.runtime.limits import Limits

TABLES = int(os.environ.get("PREFIXSCHED_TABLES", "60"))
"""How many random tables are solved; 5,000 of them take about half an hour."""
TIMES = 3
"""A level of effort leaves a bound open at most so often: climb, bisect, climb again."""
MEMORY = 2**26
NODES = 300_000


class Oracle:
    """Decides bounds of a problem whose optimum is known, from each level as far as it reaches.

    An order is a list of its value alone.
    """

    def __init__(self, n, step, start, optimum, reach):
        self.problem = SimpleNamespace(
            n=n,
            release=np.zeros(n, dtype=np.int64),
            setup=np.full((n + 1, n), step, dtype=np.int64),
            anticipatory=False,
            max_flow=lambda order: order[0],
        )
        self.incumbent = Incumbent(self.problem.max_flow)
        self.incumbent.take([start])
        self.limits = Limits()
        self.exhausted = False
        self.optimum, self.reach = optimum, dict(zip(EFFORTS, reach, strict=True))
        self.open = Counter()

    def decide(self, due, effort):
        """Whether ``due``, a bound, is met; open where it is within the effort's reach."""
        bound = int(due[0])
        if self.optimum - self.reach[effort] <= bound < self.optimum + self.reach[effort]:
            self.open[effort, bound] += 1
            assert self.open[effort, bound] <= TIMES, f"{bound} is asked time and again"
            return SimpleNamespace(refuted=False, order=None)
        met = bound >= self.optimum
        return SimpleNamespace(refuted=not met, order=[bound] if met else None)


@given(
    st.sampled_from([2, 24, 48, 60, 149, 400]),
    st.sampled_from([1, 1, 1, 7]),
    st.integers(0, 60),
    st.integers(0, 60),
    st.lists(st.integers(0, 9), min_size=len(EFFORTS), max_size=len(EFFORTS)),
    st.integers(0, 3),
)
def test_each_round_makes_progress(n, step, optimum, above, reach, short):
    """No open bound is asked for ever, and a last level that answers all closes the bracket."""
    reach = [*reach[:-1], short]  # without memory enough the last level leaves some open, too
    decider = Oracle(n, step, step * (optimum + above), step * optimum, [step * k for k in reach])
    worker = SimpleNamespace(
        first=lambda *_: None, level=lambda *_: None, poll=lambda *_: None, has_time=False
    )
    found = Bisection(decider, worker, decider.incumbent).minimise()
    assert found.lower <= step * optimum <= found.order[0]
    if not short:
        assert found.status is Status.OPTIMAL
        assert found.lower == found.order[0] == step * optimum


def small_table(seed):
    """26 to 150 queries whose set-ups and releases are small integers, zeros among them."""
    random = Random(seed)  # noqa: S311 - the same table for the same seed
    n = random.randint(26, 60) if seed % 3 else random.randint(61, 150)
    most = random.randint(1, 5)
    cells = [random.randint(0, most) for _ in range((n + 1) * n)]
    rows = np.array(cells, dtype=np.int64).reshape(n + 1, n)
    span = random.choice([0, n // 4, n, most * n // 2])
    return Instance(
        name=f"small-{seed}",
        ids=[f"q{j}" for j in range(n)],
        arrival=np.array([random.randint(0, span) for _ in range(n)], dtype=np.int64),
        prompts=Prompts.from_segments([[(f"q{j}", 1)] for j in range(n)]),
        cost=Table(rows[-1], rows[:-1], random.random() < 0.3),
        cache=random.choice([Cache.LAST, Cache.LAST, Cache.UNBOUNDED]),
    )


@pytest.mark.slow
def test_small_tables_end(monkeypatch):
    """Tables of small integers, where a bracket spans few ticks and efforts leave it open."""
    asked = Counter()
    try_at = Bisection._try_at

    def counted(self, bound, effort):
        left_open = try_at(self, bound, effort)
        if left_open is not None:
            asked[effort, left_open] += 1
            assert asked[effort, left_open] <= TIMES, f"{left_open} is asked time and again"
        return left_open

    monkeypatch.setattr(Bisection, "_try_at", counted)
    for seed in range(TABLES):
        asked.clear()
        instance = small_table(seed)
        found = ps.solve(instance, max_nodes=NODES, memory=MEMORY, threads=1)
        assert found.status in (Status.OPTIMAL, Status.FEASIBLE)
        assert found.lower_bound <= found.ttft == max(found.schedule.ttft)
