"""Tests of random 3-PARTITION instances with known answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reductions_samples import backtrack
from thorough import examples

from prefixsched.model.errors import InputError
from reductions.problem import ThreePartition
from reductions.samples import Refutation, just_missed, obstructed, planted


def rng(seed):
    """The numbers of a seed."""
    return np.random.Generator(np.random.PCG64(seed))


@settings(max_examples=examples(100), deadline=None)
@given(st.integers(1, 5), st.integers(9, 60), st.integers(0, 99))
def test_planted_instances_have_a_partition(m, bound, seed):
    """Backtracking finds one, and m and b are as asked for."""
    problem = planted(m, bound, rng(seed))
    assert (problem.m, problem.bound) == (m, bound)
    assert backtrack(problem) is not None


@settings(max_examples=examples(100), deadline=None)
@given(st.integers(2, 5), st.integers(20, 60), st.integers(0, 99))
def test_obstructed_instances_have_none(m, bound, seed):
    """Backtracking finds no partition, and the reason given is one."""
    problem, why = obstructed(m, bound, rng(seed))
    assert (problem.m, problem.bound) == (m, bound)
    assert backtrack(problem) is None
    assert why.holds(problem)


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 4), st.integers(20, 60), st.integers(0, 99))
def test_near_instances_miss_by_one_unit(m, bound, seed):
    """There is no partition, but some move of one unit between two sizes leads to one."""
    problem, why = just_missed(m, bound, rng(seed))
    assert (problem.m, problem.bound) == (m, bound)
    assert backtrack(problem) is None
    assert why.holds(problem)
    strays = why.items
    pairs = [strays] if strays else [(i, j) for i in range(3 * m) for j in range(3 * m)]
    assert any(backtrack(moved) is not None for moved in neighbours(problem, pairs))


def neighbours(problem, pairs):
    """Instances in which the first of a pair has a unit less, and the second one more."""
    for i, j in pairs:
        sizes = list(problem.items)
        sizes[i] -= 1
        sizes[j] += 1
        try:
            yield ThreePartition(tuple(sizes))
        except InputError:  # out of range: not an instance
            continue


@pytest.mark.parametrize(
    ("why", "items"),
    [
        (Refutation("residues", 2, 1), (31, 33, 35, 31, 33, 35)),
        (Refutation("residues", 2, 0), (30, 33, 37, 30, 33, 37)),
        (Refutation("strays", 4, 0, (0, 1)), (33, 31, 36, 32, 32, 36)),
        (Refutation("strays", 4, 0, (1, 0)), (33, 31, 36, 32, 32, 36)),
        (Refutation("strays", 2, 0, (0, 1)), (33, 31, 36, 32, 32, 36)),
    ],
)
def test_reasons_that_do_not_hold(why, items):
    """A sum that residues allow, other residues, or strays that another completes, do nothing."""
    problem = ThreePartition(items)
    assert backtrack(problem) is not None or why.kind == "residues"
    assert not why.holds(problem)


def test_refutations_that_need_a_search():
    """Where sizes are too few for residues the direct solver refutes what was drawn."""
    problem, why = just_missed(3, 20, rng(0))
    assert why.holds(problem)
    assert not Refutation("search").holds(planted(3, 20, rng(0)))


@pytest.mark.parametrize("bound", [1, 2, 4, 5, 8])
def test_bounds_without_triples(bound):
    """No three integers in range have these sums."""
    with pytest.raises(InputError, match=f"^b: no three integers .* sum to {bound}; give 3, 6"):
        planted(2, bound, rng(0))


@pytest.mark.parametrize("draw", [obstructed, just_missed])
def test_one_triple_is_always_a_yes(draw):
    """There is no instance with m = 1 and no partition."""
    with pytest.raises(InputError, match="^m: one triple is always a yes; give 2 or more$"):
        draw(1, 100, rng(0))
