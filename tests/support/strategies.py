"""Random instances for property tests: small, full of ties, repeats and prefixes of each other."""

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from prefixsched.model.cost import CostModel, Potential, Rectangular, Table
from prefixsched.model.instance import NO_ALLOWANCE, Cache, Instance
from prefixsched.model.prompts import Prompts

segments = st.tuples(st.sampled_from("ab"), st.integers(1, 3))
prompts = st.lists(segments, min_size=1, max_size=4)

linear = st.builds(Potential, st.sampled_from([Fraction(1), Fraction(0), Fraction(5, 2)]))
causal = st.builds(
    Potential, st.just(Fraction(1, 2)), st.sampled_from([Fraction(1, 10), Fraction(3, 4)])
)
rectangular = st.builds(
    Rectangular, st.just(Fraction(1, 2)), st.sampled_from([Fraction(1, 5), Fraction(1)])
)

capacities = st.integers(0, 20)
"""Of an ``lru`` cache: from nothing to more than most of these instances have."""


def tables(n: int) -> st.SearchStrategy[Table]:
    """Arbitrary set-up times, zeros among them; the triangle inequality need not hold."""
    row = st.lists(st.integers(0, 9), min_size=n, max_size=n).map(
        lambda times: np.array(times, dtype=np.int64)
    )
    matrix = st.lists(row, min_size=n, max_size=n).map(np.stack)
    return st.builds(Table, row, matrix, st.booleans())


@st.composite
def instances(
    draw: st.DrawFn,
    max_queries: int = 6,
    min_queries: int = 1,
    costs: st.SearchStrategy[CostModel] | None = None,
    caches: st.SearchStrategy[Cache] = st.sampled_from([Cache.LAST, Cache.UNBOUNDED]),
    allowances: bool = False,
) -> Instance:
    """An instance of up to ``max_queries`` queries, over all costs where none are given.

    The caches are those that a matrix of set-up times describes; ``lru`` gets a capacity.
    """
    n = draw(st.integers(min_queries, max_queries))
    spread = draw(st.sampled_from([0, 5, 20]))
    arrival = draw(st.lists(st.integers(0, spread), min_size=n, max_size=n))
    texts = draw(st.lists(prompts, min_size=n, max_size=n))
    if costs is None:
        costs = st.one_of(linear, causal, rectangular, tables(n))
    own = None
    if allowances:
        some = st.one_of(st.just(NO_ALLOWANCE), st.integers(0, 25))
        own = np.array(draw(st.lists(some, min_size=n, max_size=n)), dtype=np.int64)
    cache = draw(caches)
    return Instance(
        name="random",
        ids=[f"q{j}" for j in range(n)],
        arrival=np.array(arrival, dtype=np.int64),
        prompts=Prompts.from_segments(texts),
        cost=draw(costs),
        cache=cache,
        allowance=own,
        capacity=draw(capacities) if cache is Cache.LRU else None,
    )


def cached(
    max_queries: int = 6, min_queries: int = 1, **fields: object
) -> st.SearchStrategy[Instance]:
    """Instances with an ``lru`` cache."""
    return instances(
        max_queries,
        min_queries,
        costs=st.one_of(linear, causal, rectangular),
        caches=st.just(Cache.LRU),
        **fields,  # type: ignore[arg-type]  # the options of instances() by name
    )


def stream(*queries: tuple[int, str], cache: Cache = Cache.LAST, **fields: object) -> Instance:
    """An instance from (arrival, prompt) pairs; each letter of a prompt is one token."""
    return Instance(
        name=str(fields.pop("name", "stream")),
        ids=[f"q{j}" for j in range(len(queries))],
        arrival=np.array([arrival for arrival, _ in queries], dtype=np.int64),
        prompts=Prompts.from_segments([[(letter, 1) for letter in text] for _, text in queries]),
        cache=cache,
        **fields,  # type: ignore[arg-type]
    )
