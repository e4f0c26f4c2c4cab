"""Random instances with the cache ``lru`` in which prompts are used again, and perhaps evicted."""

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from strategies import causal, linear

from prefixsched.model.cost import Potential
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.prompts import Prompts

part = st.tuples(st.sampled_from("abc"), st.integers(1, 4))
fractional = st.builds(
    Potential, st.sampled_from([Fraction(2, 5), Fraction(1, 7)]), st.sampled_from([0, 1])
)


free = st.just(Potential(Fraction(0)))


@st.composite
def reused(draw, max_queries=6, costs=linear | causal | fractional):
    """Few prompts, used again: after gaps long beside their work, or with no idle time."""
    pool = draw(st.lists(st.lists(part, min_size=1, max_size=3), min_size=1, max_size=4))
    n = draw(st.integers(2, max_queries))
    texts = [
        draw(st.sampled_from(pool))[: draw(st.integers(1, 3))]
        + draw(st.lists(st.tuples(st.sampled_from("abdef"), st.integers(1, 4)), max_size=1))
        for _ in range(n)
    ]
    prompts = Prompts.from_segments(texts)
    cost = draw(costs)
    longest = draw(st.sampled_from([None, 0, 1, 4, 10, 25]))
    gaps = draw(st.lists(st.integers(0, longest or 0), min_size=n, max_size=n))
    if longest is None:  # each comes when those before are done, if none finds anything cached
        gaps = [0, *cost.potential(prompts.length)[:-1].tolist()]
    return Instance(
        name="random",
        ids=[f"q{j}" for j in range(n)],
        arrival=np.cumsum(gaps),
        prompts=prompts,
        cost=cost,
        cache=Cache.LRU,
        capacity=draw(st.integers(0, draw(st.sampled_from([3, 8, 14, 30])))),
    )
