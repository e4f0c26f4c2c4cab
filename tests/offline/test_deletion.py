"""Tests of deletion bounds in answers: of percentiles, goodput and relaxed decisions."""

from pathlib import Path

import pytest

import prefixsched as ps
from prefixsched.generate import shared_documents

pytestmark = pytest.mark.kernels
DATA = Path(__file__).parents[1] / "data"


def test_a_percentile_of_hundreds():
    """Any four late queries of one window save too little, with everything cached and with lru."""
    documents = shared_documents(
        documents=1, queries=400, document=2548, question=7252, cv=0.0, rate=3, token_time=40,
        seed=0, cache="unbounded",
    )  # fmt: skip
    found = ps.solve(documents, objective="p99", max_nodes=1)
    assert found.lower_bound >= 2_329_049
    assert found.upper_bound <= 1.05 * found.lower_bound
    starve = ps.solve(ps.read(DATA / "starve.json"), objective="p99", max_nodes=1)
    assert starve.lower_bound >= 4_808_358


def test_goodput_of_own_allowances():
    """Disjoint windows let no more than 72 of 85 be on time; as a decision it is refuted."""
    own = ps.read(DATA / "goodput_own85.json")
    found = ps.solve(own, objective="goodput", ttft="own", max_nodes=1)
    assert found.value_bounds[1] <= 72
    relaxed = ps.solve(own, ttft="own", relax=0.1, max_nodes=1)
    assert relaxed.status == "infeasible"
