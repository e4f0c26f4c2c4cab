"""Tests of the instance's own checks."""

import numpy as np
import pytest
from strategies import stream

from prefixsched.cost import Potential, Table
from prefixsched.errors import InputError
from prefixsched.instance import Instance
from prefixsched.prompts import Prompts


def build(arrivals=(0, 5), texts=([("a", 2)], [("b", 3)]), ids=("x", "y"), **fields):
    """An instance from plain lists."""
    return Instance("t", ids, np.array(arrivals), Prompts.from_segments(texts), **fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"ids": (), "arrivals": (), "texts": ()}, "queries: the instance is empty"),
        ({"ids": ("x",)}, "queries: 1 ids, 2 arrivals and 2 prompts"),
        ({"ids": ("x", "x")}, "queries: the id 'x' appears twice"),
        ({"arrivals": (0, -3)}, r"queries\[1\].arrival: negative"),
        ({"texts": ([("a", 2)], [])}, r"queries\[1\].prompt: empty"),
        (
            {"cost": Table(np.zeros(1, np.int64), np.zeros((1, 1), np.int64))},
            "cost.start: 1 entries for 2 queries",
        ),
        ({"texts": ([("a", 2**53), ("b", 1)], [("b", 1)])}, "prompt lengths sum past"),
        ({"cost": Potential(2**53), "texts": ([("a", 600)], [("b", 3)])}, "times could sum past"),
    ],
)
def test_bad_instances_are_refused(fields, message):
    """Each defect has one line that names the field."""
    with pytest.raises(InputError, match=message):
        build(**fields)


def test_sums_that_only_a_crude_product_overflows_are_taken():
    """One very long prompt among short ones is fine where the true sum fits."""
    texts = [[("a", 2**52)]] + [[(f"b{k}", 1)] for k in range(1100)]
    instance = build([0] * 1101, texts, [str(k) for k in range(1101)])
    assert instance.n == 1101


def test_columns_are_read_only():
    """An instance can't be changed under the objects that were derived from it."""
    instance = build()
    with pytest.raises(ValueError, match="read-only"):
        instance.arrival[0] = 7


def test_select_keeps_what_belongs_together():
    """A sub-instance takes ids, arrivals, prompts, allowances and the table's rows along."""
    table = Table(np.array([1, 2, 3]), np.arange(9).reshape(3, 3))
    whole = stream((0, "a"), (1, "b"), (2, "c"), cost=table, allowance=np.array([4, -1, 6]))
    part = whole.select(np.array([2, 0]), name="part")
    assert (part.name, list(part.ids), part.arrival.tolist()) == ("part", ["q2", "q0"], [2, 0])
    assert part.allowance.tolist() == [6, 4]
    assert part.cost.start.tolist() == [3, 1]
    assert part.cost.matrix.tolist() == [[8, 6], [2, 0]]
    assert part.prompts.segments(0) == [("c", 1)]


def test_age_ends_ties_in_file_order():
    """Queries that arrive together are aged in the order of the file."""
    assert stream((5, "a"), (0, "b"), (5, "c"), (0, "d")).by_age.tolist() == [1, 3, 0, 2]
