"""Tests of what a run may still spend."""

import time

from prefixsched.exact.backend import Run
from prefixsched.exact.budget import Budget


def test_nodes_are_counted_down():
    """What is left falls to 0 and no lower."""
    budget = Budget(Run(max_nodes=10))
    assert (budget.left, budget.at_most(7), budget.at_most(12)) == (10, 7, 10)
    budget.charge(8)
    assert (budget.left, budget.at_most(7), budget.spent) == (2, 2, False)
    budget.charge(3)
    assert (budget.nodes, budget.left, budget.at_most(7), budget.spent) == (11, 0, 0, True)


def test_no_limit_is_never_spent():
    """Nodes are counted all the same."""
    budget = Budget(Run())
    budget.charge(10**9)
    assert (budget.nodes, budget.left, budget.at_most(7), budget.spent) == (10**9, None, 7, False)


def test_time_that_is_up_spends_everything():
    """Whatever nodes are left."""
    budget = Budget(Run(deadline=time.monotonic() - 1, max_nodes=5))
    assert (budget.left, budget.spent) == (5, True)
