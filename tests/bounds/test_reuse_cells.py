"""Tests of cells of time: what reuse costs in them in any schedule, and how it is counted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lru_instances import reused
from thorough import examples

from prefixsched.bounds.reuse_cells import Cells, Gaps, cells_of
from prefixsched.bounds.stack_distance import stack_distances
from prefixsched.verifier.caches import empty_cache
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels


def cached_tokens(instance, order):
    """Leading tokens of each prompt that are cached when it is served."""
    cache = empty_cache(instance)
    return {j: cache.serve(instance.prompts.segments(j)) for j in order}


@settings(max_examples=examples(1200), deadline=None)
@given(reused(8), st.integers(1, 40), st.integers(0, 20), st.booleans())
def test_a_cell_idles_or_its_edges_are_computed_again(instance, length, first, swap):
    """In any schedule, with T its largest TTFT, each cell has its cost."""
    order = instance.by_age.tolist()
    if swap:
        order[-2:] = order[:-3:-1]
    schedule, found = evaluate(instance, order), cached_tokens(instance, order)
    ttft, potential = schedule.max_ttft, instance.cost.potential
    distances = stack_distances(instance)
    gone = distances.lost_to_others(ttft)
    step, gaps = distances.long_gaps(gone, ttft)
    cells = cells_of(gaps, length, first, ttft)
    middle = gaps.begin + (gaps.end - gaps.begin) // 2
    for begin, end, due, cost in zip(*cells, strict=True):
        paid = end - begin
        for j in order:  # less the time of work on what can be cached
            kept = min(int(instance.length[j]), instance.capacity)
            before, after = potential(np.array([min(found[j], kept), kept])).tolist()
            done = schedule.start[j] + after - before
            paid -= max(0, min(end, done) - max(begin, schedule.start[j]))
        for x in np.flatnonzero((middle >= begin) & (middle < end)).tolist():
            edge, q = distances.edges[step[x]], distances.owner[step[x]]
            users = distances.owner[distances.edges == edge]
            later = distances.age[users[users >= q]].tolist()
            if found[min(later, key=order.index)] < distances.kept[edge]:
                paid += gaps.work[x]
            if min(gaps.end[x], end) - max(gaps.begin[x], begin) > gaps.room[x]:
                assert due >= gaps.end[x]
        assert cost <= paid
        assert due + ttft >= end
    assert (np.diff(cells.due) >= 0).all()
    assert (cells.begin[1:] >= cells.end[:-1]).all()


gap_columns = st.lists(
    st.tuples(*(st.integers(low, 30) for low in (0, 1, 0, 1))), min_size=1, max_size=8
)


@settings(max_examples=examples(1000))
@given(gap_columns, st.integers(1, 40), st.integers(0, 40), st.integers(0, 20))
def test_the_cost_is_the_least_over_idle_times(columns, length, first, ttft):
    """By all idle times of a cell, with all gaps that have their middle in it."""
    begin, size, room, work = np.array(columns, dtype=np.int64).T
    gaps = Gaps(begin, begin + size, room, work)
    cells = cells_of(gaps, length, first, ttft)
    middle = gaps.begin + size // 2
    seen = 0
    for left in range(first - 40 * length, 100, length):
        here = np.flatnonzero((middle >= left) & (middle < left + length)).tolist()
        needs = {
            x: min(gaps.end[x], left + length) - max(gaps.begin[x], left) - room[x] for x in here
        }
        cost = min(y + sum(work[x] for x in here if needs[x] > y) for y in range(length + 1))
        if any(need > 0 for need in needs.values()):
            assert (cells.begin[seen], cells.end[seen]) == (left, left + length)
            assert cells.cost[seen] == cost
            seen += 1
    assert seen == len(cells.begin)


@st.composite
def counted(draw):
    """An instance, some T, and cells with any costs."""
    instance = draw(reused(8))
    last = int(instance.arrival.max())
    bounds = draw(st.lists(st.integers(-5, last + 5), max_size=12, unique=True).map(sorted))
    begin, end = np.array(bounds[: len(bounds) // 2 * 2], dtype=np.int64).reshape(-1, 2).T
    size = len(begin)
    due = draw(st.lists(st.integers(0, last), min_size=size, max_size=size).map(sorted))
    cost = draw(st.lists(st.integers(0, 30), min_size=size, max_size=size))
    ttft = draw(st.integers(0, 12))
    due = np.maximum.accumulate(np.maximum(np.array(due, dtype=np.int64), end - ttft))
    return instance, ttft, Cells(begin, end, due, np.array(cost, dtype=np.int64))


@settings(max_examples=examples(600), deadline=None)
@given(counted())
def test_an_interval_gets_the_cost_of_cells_that_begin_in_it(case):
    """The largest excess, by all pairs of queries; with cells nothing else is counted."""
    instance, ttft, cells = case
    distances = stack_distances(instance)
    gone, release = distances.lost_to_others(ttft), distances.release
    work = np.where(gone, distances.work[distances.edges], 0)
    best = max(
        work[distances.start[a] : distances.start[b + 1]].sum()
        + cells.cost[(cells.begin >= release[a]) & (cells.due <= release[b])].sum()
        - (release[b] + ttft - release[a])
        for a in range(instance.n)
        for b in range(a, instance.n)
    )
    assert distances.excess(gone, ttft, cells)[0] == best


@settings(max_examples=examples(600), deadline=None)
@given(counted())
def test_what_time_evicts_follows_from_some_interval(case):
    """By all pairs of queries; without cells all that follows is found."""
    instance, ttft, cells = case
    distances = stack_distances(instance)
    gone, release = distances.lost_to_others(ttft), distances.release
    none = Cells(*(column[:0] for column in cells))
    for costs in (none, cells):
        found = gone.copy()
        distances.lose(found, ttft, costs)
        done = np.append(0, np.cumsum(np.where(gone, distances.work[distances.edges], 0)))
        done = done[distances.start]
        for k in np.flatnonzero(~gone).tolist():
            begin, end = release[distances.before[k]] + ttft, release[distances.owner[k]]
            if begin + distances.slack > end:
                assert not found[k]
                continue
            apart = (costs.end <= begin) | (costs.begin >= end)
            busy = max(
                done[b + 1] - done[a] - max(0, begin - release[a])
                - max(0, release[b] + ttft - end)
                + costs.cost[
                    apart & (costs.begin >= release[a]) & (costs.due <= release[b])
                    & (costs.end <= release[b] + ttft)
                ].sum()
                for a in range(instance.n)
                for b in range(a, instance.n)
            )  # fmt: skip
            follows = busy > distances.room[distances.edges[k]]
            assert follows or not found[k]
            assert len(costs.cost) or found[k] or not follows
