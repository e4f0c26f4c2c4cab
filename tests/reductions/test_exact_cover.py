"""Tests of the direct solver."""

import numpy as np
import pytest
from hypothesis import given, settings
from reductions_samples import backtrack, partitions
from thorough import examples

from reductions.exact_cover import UndecidedError, patterns, solve
from reductions.problem import ThreePartition
from reductions.samples import planted


@settings(max_examples=examples(200), deadline=None)
@given(partitions(most_triples=5))
def test_the_two_solvers_agree(problem):
    """Exact cover and backtracking find a partition or none, and what they find is one."""
    found, other = solve(problem), backtrack(problem)
    assert (found is None) == (other is None)
    assert found is None or (problem.solved_by(found) and problem.solved_by(other))


def test_patterns_use_no_size_too_often():
    """Two of a size that is there once make no pattern."""
    assert patterns(ThreePartition((4, 5, 6))) == [(4, 5, 6)]
    assert patterns(ThreePartition((7, 4, 5, 5, 4, 5))) == [(4, 4, 7), (5, 5, 5)]


def test_a_limit_of_work():
    """Without any work allowed there is no answer, and no wrong one."""
    problem = planted(20, 1000, np.random.Generator(np.random.PCG64(0)))
    with pytest.raises(UndecidedError, match="20 triples of sum 1000"):
        solve(problem, work=0.0)
    assert problem.solved_by(solve(problem))
