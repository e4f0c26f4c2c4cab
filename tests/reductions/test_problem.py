"""Tests of 3-PARTITION instances."""

import pytest

from prefixsched.model.errors import InputError
from reductions.problem import ThreePartition, size_range


def test_m_and_b_follow_from_the_sizes():
    """A third of the sizes, and their sum over that."""
    problem = ThreePartition((26, 33, 41, 30, 34, 36))
    assert (problem.m, problem.bound) == (2, 100)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ((), "items: 0 sizes; give 3 m of them"),
        ((30, 30, 40, 33), "items: 4 sizes; give 3 m of them, 3 for each triple"),
        ((30, 30, 41, 30, 30, 40), "items: their sum 201 is no multiple of m = 2"),
        ((25, 35, 40), "items: size 1 is 25, not between b/4 and b/2 for b = 100; give 26 to 49"),
        ((26, 24, 50), "items: size 2 is 24"),
        ((50, 26, 24), "items: size 1 is 50"),
        ((0, 0, 0), "items: size 1 is 0"),
    ],
)
def test_what_is_no_instance(items, message):
    """A wrong count, sum or size is named with what mends it."""
    with pytest.raises(InputError) as caught:
        ThreePartition(items)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("bound", range(3, 60))
def test_the_range_of_sizes_is_strict(bound):
    """It holds what is more than b/4 and less than b/2, nothing else."""
    least, most = size_range(bound)
    inside = [size for size in range(bound) if bound < 4 * size < 2 * bound]
    assert inside == list(range(least, most + 1))


@pytest.mark.parametrize(
    ("triples", "right"),
    [
        ([(0, 1, 2), (3, 4, 5)], True),
        ([(5, 3, 4), (2, 0, 1)], True),
        ([(0, 1, 3), (2, 4, 5)], False),
        ([(0, 1, 2), (0, 1, 2)], False),
        ([(0, 1, 2)], False),
        ([(0, 1, 2, 3), (4, 5)], False),
    ],
)
def test_what_solves_an_instance(triples, right):
    """Every item once, in triples of sum b."""
    assert ThreePartition((26, 33, 41, 30, 34, 36)).solved_by(triples) is right
