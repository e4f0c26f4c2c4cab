"""Tests of the instance's own checks."""

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from strategies import stream

from prefixsched import solve
from prefixsched.model.cost import Potential, Rectangular, Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.prompts import Prompts
from prefixsched.tsptw.instance import tsptw_instance
from prefixsched.verifier.schedule import evaluate


def build(arrivals=(0, 5), texts=([("a", 2)], [("b", 3)]), ids=("x", "y"), **fields):
    """An instance from plain lists."""
    return Instance("t", ids, arrivals, Prompts.from_segments(texts), **fields)


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


NO_WHOLE_NUMBERS = (5.5, 5.0, float("nan"), True, "5", None, np.float64(5), Fraction(5), 1j)
WHOLE_NUMBERS = (int, np.int8, np.int32, np.int64, np.uint64)


@pytest.mark.parametrize("value", NO_WHOLE_NUMBERS, ids=repr)
def test_times_and_counts_are_whole_numbers(value):
    """Whatever only looks like one is refused where it is given, in a list or in an array."""
    instance = build()
    calls = {
        "arrival": lambda: build([0, value]),
        "allowance": lambda: build(allowance=[-1, value]),
        "cache.capacity": lambda: build(cache=Cache.LRU, capacity=[value][0]),
        "lengths": lambda: Prompts.from_segments([[("a", 1), ("b", value)]]),
        "labels": lambda: Prompts([0, 1], [value], [1], ("a",) * 9),
        "offsets": lambda: Prompts([0, value], [0] * 5, [1] * 5, ("a",)),
        "cost.start": lambda: Table([1, value], [[0, 0], [0, 0]]),
        "cost.matrix": lambda: Table([1, 1], [[0, 0], [0, value]]),
        "order": lambda: evaluate(instance, [0, value]),
        "ttft": lambda: solve(instance, ttft=value),
        "threads": lambda: solve(instance, threads=value),
        "seed": lambda: solve(instance, seed=value),
        "max_nodes": lambda: solve(instance, max_nodes=value),
        "memory": lambda: solve(instance, memory=value),
        "distance": lambda: tsptw_instance([[0, value], [1, 0]], [[0, 9], [0, 9]]),
        "window": lambda: tsptw_instance([[0, 1], [1, 0]], [[0, 9], [0, value]]),
        "service": lambda: tsptw_instance([[0, 1], [1, 0]], [[0, 9], [0, 9]], [0, value]),
    }
    for field, call in calls.items():
        if value is None and field in ("ttft", "max_nodes", "memory"):
            continue  # nothing was asked for
        with pytest.raises(InputError, match=rf"^{re.escape(field)}"):
            call()


@pytest.mark.parametrize("kind", [np.float64, np.float32, bool, object, "datetime64[s]", "U1"])
def test_arrays_of_other_types_are_refused(kind):
    """A whole array of floats is no array of ticks, even where all of them are whole."""
    values = np.array([0.0, 5.5]) if kind is object else np.array([0, 5]).astype(kind)
    for call in (lambda: Instance("t", ("x", "y"), values, build().prompts), lambda: evaluate(
        build(), values
    )):  # fmt: skip
        with pytest.raises(InputError, match="^(arrival|order)"):
            call()


@pytest.mark.parametrize("kind", WHOLE_NUMBERS)
def test_whole_numbers_of_every_type_are_taken(kind):
    """Lists, tuples and arrays of integers are one and the same."""
    arrival = [kind(0), kind(5)]
    for values in (arrival, tuple(arrival), np.array(arrival), np.array(arrival, dtype=object)):
        instance = Instance("t", ["x", "y"], values, build().prompts, allowance=values)
        assert instance.arrival.dtype == instance.allowance.dtype == np.int64
        assert instance.arrival.tolist() == [0, 5]
        assert evaluate(instance, [kind(1), kind(0)]).order == (1, 0)
    result = solve(
        instance, ttft=kind(100), threads=kind(1), seed=kind(3), max_nodes=kind(5), memory=kind(99)
    )
    assert result.status == "feasible"
    assert build(cache=Cache.LRU, capacity=kind(5)).cache_name == "lru:5"
    assert Potential(kind(2)).token == 2


@pytest.mark.parametrize("value", [2**63, 2**64 - 1, 2**70, -(2**63) - 1, 10**400])
def test_numbers_past_64_bits_are_refused(value):
    """In a list, and in an array of the types that can hold them."""
    arrays = [[0, value], np.array([0, value], dtype=object)]
    if 0 < value < 2**64:
        arrays.append(np.array([0, value], dtype=np.uint64))
    for values in arrays:
        with pytest.raises(InputError, match="^arrival: a number is past 64 bits"):
            Instance("t", ("x", "y"), values, build().prompts)


@pytest.mark.parametrize(
    "value", [0.1, 1.0, float("nan"), True, "1", None, np.float64(1)], ids=repr
)
def test_coefficients_are_exact(value):
    """A float has no exact decimal, so it is no coefficient."""
    for cost in (Potential, Rectangular):
        for field in ("token", "attention"):
            with pytest.raises(InputError, match=f"^cost.{field}: .* is no exact number"):
                cost(**{field: value})


@pytest.mark.parametrize("value", [float("nan"), -1, -0.5, "5", True, 1j, [1]], ids=repr)
def test_a_time_limit_is_a_number(value):
    """Seconds may have a fraction, but are 0 or more."""
    with pytest.raises(InputError, match="^time limit: "):
        solve(build(), time_limit=value)


@pytest.mark.parametrize("value", [0.5, 5, Fraction(1, 2), Decimal("0.5"), np.float32(1), np.inf])
def test_time_limits_of_every_type_are_taken(value):
    """``inf`` is no limit."""
    assert solve(build(), time_limit=value).answered


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"ids": (1, 2)}, r"queries\[0\].id: 1; give a str"),
        ({"cache": "mru"}, "cache: 'mru'; give last, unbounded or lru"),
        ({"cost": 3}, "cost: 3; give a Potential, Rectangular or Table"),
        ({"time_unit": None}, "time_unit: None; give a str"),
        ({"allowance": [1]}, "ttft: 1 entries for 2 queries"),
        ({"allowance": [1, -2]}, r"queries\[1\].ttft: negative"),
        ({"arrivals": [[0, 5]]}, "arrival: 2 dimensions; give 1"),
        ({"texts": [[("a", 0)], [("b", 1)]]}, r"lengths\[0\]: 0 tokens"),
    ],
)
def test_what_is_no_part_of_an_instance(fields, message):
    """Each is named."""
    with pytest.raises(InputError, match=message):
        build(**fields)


def test_a_cache_may_be_named():
    """``lru`` as a word is the cache, with all that holds of it."""
    assert build(cache="lru", capacity=3).cache is Cache.LRU
    with pytest.raises(InputError, match="cache.capacity: None"):
        build(cache="lru")


def test_the_caller_keeps_the_array():
    """An instance has its own columns: the caller's stay writable, and may change."""
    arrival = np.array([0, 5])
    instance = Instance("t", ("x", "y"), arrival, build().prompts)
    arrival[1] = 7
    assert instance.arrival.tolist() == [0, 5]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([0, 2], [0], [1], ("a",)), "offsets: give rising numbers from 0 to 1"),
        (([0, 2, 1, 2], [0, 0], [1, 1], ("a",)), "offsets: give rising numbers from 0 to 2"),
        (([], [], [], ()), "offsets: give rising numbers from 0 to 0"),
        (([0, 1], [1], [1], ("a",)), "labels: out of range; give 0 to 0"),
        (([0, 1], [0], [1, 1], ("a",)), "prompts: 1 labels and 2 lengths"),
    ],
)
def test_prompts_that_disagree(columns, message):
    """A table of segments is checked when it is made."""
    with pytest.raises(InputError, match=message):
        Prompts(*columns)
