"""No policy sees the future."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear

from prefixsched.online.simulation import simulate
from prefixsched.plugins import registry

pytestmark = pytest.mark.kernels

BRISK = {
    "k-lpm-backtest": "k-lpm-backtest:4,every=2",
    "k-lpm-bandit": "k-lpm-bandit:epoch=2,explore=2",
    "rollout": "rollout:3,width=2",
}
"""Parameters with which policies that learn do so on streams of a few queries."""


class Recorder:
    """A policy whose picks are kept with the clock; its compiled description is taken away."""

    def __init__(self, spec):
        self.policy = registry.create("policies", spec)
        self.picks = []

    def pick(self, view):
        """The policy's own pick."""
        j = int(self.policy.pick(view))
        self.picks.append((view.now, j))
        return j


@pytest.mark.parametrize("name", registry.available("policies"))
@settings(max_examples=25)
@given(
    instances(max_queries=9, min_queries=2, costs=st.one_of(linear, causal), allowances=True),
    st.integers(0, 20),
)
def test_picks_do_not_depend_on_what_comes_later(name, instance, until):
    """Up to a time, a policy picks as it would if nothing ever came after that time."""
    known = np.flatnonzero(instance.arrival <= until)
    if len(known) == 0:
        return
    spec = BRISK.get(name, name)
    full, part = Recorder(spec), Recorder(spec)
    simulate(instance, full)
    simulate(instance.select(known), part)
    made = [pick for pick in full.picks if pick[0] <= until]
    assert made == [(now, int(known[j])) for now, j in part.picks[: len(made)]]
