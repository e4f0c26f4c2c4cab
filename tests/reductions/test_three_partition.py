"""Tests of the reduction: the questions have equal answers, and schedules are partitions."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reductions_samples import backtrack, moved, partitions
from thorough import examples

import prefixsched as ps
from reductions.easy import least_work
from reductions.exact_cover import solve
from reductions.problem import ThreePartition
from reductions.samples import just_missed, obstructed, planted
from reductions.three_partition import forward, order_of, recover, reduction_of
from reductions.tokens import Lengths

EXAMPLE = ThreePartition((26, 33, 41, 30, 34, 36))
CAUSAL = ps.Potential(Fraction(1), Fraction(1))
HALF = ps.Potential(Fraction(1, 2))
costs = st.builds(
    ps.Potential,
    st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1)]),
    st.sampled_from([Fraction(1, 10), Fraction(1), Fraction(3, 7)]),
)


def same_answers(problem, cost=None):
    """The answer, on which the scheduler and the direct solver must agree, both ways."""
    instance = forward(problem, cost)
    bound = instance.meta["ttft"]
    triples = solve(problem)
    result = ps.solve(instance, ttft=bound, threads=1)
    if triples is None:
        assert result.status is ps.Status.INFEASIBLE
        return "no"
    assert result.status is ps.Status.FEASIBLE
    assert problem.solved_by(recover(instance, result.schedule.order))
    order = order_of(instance, triples)
    assert ps.evaluate(instance, order).max_ttft == bound
    assert {frozenset(t) for t in recover(instance, order)} == {frozenset(t) for t in triples}
    return "yes"


@settings(max_examples=40, deadline=None)
@given(partitions(most_triples=4), st.sampled_from([None, ps.Potential(Fraction(3))]))
def test_feasibility_at_t_is_3_partition(problem, cost):
    """The exact backend and the direct solver agree, and schedules map back, at one look."""
    same_answers(problem, cost)


@pytest.mark.slow
def test_ttft_is_possible_exactly_where_there_is_a_partition():
    """Up to m = 4, many times: the exact backend and the direct solver agree, and map back."""
    rng = np.random.Generator(np.random.PCG64(1))
    answers = Counter()
    for k in range(examples(500)):
        m, bound = 1 + k % 4, int(rng.integers(9, 60))
        problem = planted(m, bound, rng)
        if k % 3 == 1 and m > 1 and bound > 20:
            problem, _ = just_missed(m, bound, rng)
        elif k % 3:
            problem = moved(problem, 20, rng)
        answers[same_answers(problem)] += 1
    assert min(answers["yes"], answers["no"]) >= examples(500) // 5


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_eight_triples_are_decided(seed):
    """Yes, no and near instances of m = 8, b = 100: 40 queries, each at a glance."""
    rng = np.random.Generator(np.random.PCG64(seed))
    for problem, status in (
        (planted(8, 100, rng), ps.Status.FEASIBLE),
        (obstructed(8, 100, rng)[0], ps.Status.INFEASIBLE),
        (just_missed(8, 100, rng)[0], ps.Status.INFEASIBLE),
    ):
        instance = forward(problem)
        assert ps.solve(instance, ttft=instance.meta["ttft"]).status is status


@pytest.mark.slow
@settings(max_examples=examples(100), deadline=None)
@given(partitions(most_triples=3, bounds=st.sampled_from([9, 12, 13, 15])), costs)
def test_the_same_with_attention(problem, cost):
    """Families of queries stand for sizes under any potential cost."""
    same_answers(problem, cost)


@pytest.mark.parametrize(
    ("items", "status"),
    [((4, 4, 4, 6, 6, 6), ps.Status.INFEASIBLE), ((4, 5, 6, 6, 5, 4), ps.Status.FEASIBLE)],
)
def test_another_backend_says_the_same(items, status):
    """CP-SAT's circuit model finds a schedule for a yes, and refutes a no, all of even sizes."""
    instance = forward(ThreePartition(items))
    assert ps.solve(instance, ttft=instance.meta["ttft"], backend="cpsat").status is status


@settings(max_examples=examples(100), deadline=None)
@given(partitions(most_triples=3, bounds=st.integers(9, 16)), st.one_of(costs, st.just(HALF)))
def test_the_quantities_of_the_proof(problem, cost):
    """Guards and the rest each have least work T, and the pairs leave gaps of G."""
    instance = forward(problem, cost)
    reduction = reduction_of(instance)
    bound, m = reduction.ttft, problem.m
    for prefix in ("g1", "g2", "as"):
        part = [j for j, name in enumerate(instance.ids) if name.startswith(tuple(prefix))]
        if prefix != "as":
            part = [j for j in part if instance.ids[j].startswith(prefix)]
        assert least_work(instance.select(np.array(part))) == bound
    triples = solve(problem)
    if triples is None:
        return
    schedule = ps.evaluate(instance, order_of(instance, triples))
    assert schedule.makespan == 3 * bound
    begin = [schedule.start[instance.index[f"s{j}.1"]] for j in range(1, m)]
    end = [schedule.completion[instance.index[f"s{j}.2"]] for j in range(1, m)]
    gaps = [b - e for b, e in zip([*begin, 2 * bound], [bound, *end], strict=True)]
    assert gaps == [reduction.gap] * m
    middle = [schedule.completion[instance.index[f"s{j}.1"]] for j in range(1, m)]
    assert middle == [reduction.separation(j) for j in range(1, m)]


def test_the_construction_in_figures():
    """For m = 2, b = 100, o = 10 and y = 25 the queries are those of the text."""
    instance = forward(EXAMPLE, prefix=10, prompt=25)
    assert instance.meta["ttft"] == 2 * 100 + 2 * 25 - 10
    assert dict(zip(instance.ids, instance.arrival.tolist(), strict=True)) == {
        "g1": 0,
        "s1.1": 125,
        **{f"a{i}": 240 for i in range(1, 7)},
        "s1.2": 365,
        "g2": 480,
    }
    assert instance.prompts.segments(instance.index["s1.2"]) == [("s1", 10), ("s1.2", 15)]
    assert instance.prompts.segments(instance.index["a3"]) == [("a3", 41)]
    assert instance.prompts.segments(instance.index["g2"]) == [("g2", 240)]


def test_sizes_as_families():
    """Under attention size 4 is four queries, which share the prefix of one token."""
    instance = forward(ThreePartition((4, 5, 6)), CAUSAL)
    family = [j for j, name in enumerate(instance.ids) if name.startswith("a1.")]
    assert [instance.prompts.segments(j) for j in family] == [
        [("a1", 1), (f"a1.{k}", 1)] for k in range(1, 5)
    ]
    assert least_work(instance.select(np.array(family))) == 2 + 4 * 4


@pytest.mark.parametrize("cost", [None, CAUSAL])
def test_the_optimum_is_t_or_more(cost):
    """Minimising gives T for a yes and more than T for a no."""
    yes, no = ThreePartition((4, 5, 6, 4, 4, 7)), ThreePartition((4, 4, 4, 6, 6, 6))
    assert backtrack(no) is None
    for problem, equal in ((yes, True), (no, False)):
        instance = forward(problem, cost)
        result = ps.solve(instance, threads=1)
        assert result.status is ps.Status.OPTIMAL
        assert (result.ttft == instance.meta["ttft"]) is equal
        assert result.ttft >= instance.meta["ttft"]


def test_a_late_schedule_holds_nothing():
    """The message has the bound to decide, and how."""
    instance = forward(EXAMPLE)
    with pytest.raises(ps.InputError, match="TTFT is 204, and only one within T = 203 "):
        recover(instance, range(instance.n))


def test_what_is_no_reduction(two_users_instance):
    """An instance of another kind, or with changed sizes or queries, is refused."""
    instance = forward(EXAMPLE)
    with pytest.raises(ps.InputError, match="meta: holds no 3-PARTITION instance; give a file of"):
        reduction_of(two_users_instance)
    for key, value in (("items", 3), ("items", []), ("prefix", None), ("prompt", 2.5)):
        with pytest.raises(ps.InputError):
            reduction_of(replace(instance, meta={**instance.meta, key: value}))
    other = [26, 33, 41, 31, 34, 35]
    with pytest.raises(ps.InputError, match="queries: not those that meta.items lead to"):
        reduction_of(replace(instance, meta={**instance.meta, "items": other}))
    with pytest.raises(ps.InputError, match="queries: not those"):
        reduction_of(replace(instance, arrival=instance.arrival + 1))


def test_what_is_no_partition():
    """Only a partition has a schedule."""
    with pytest.raises(ps.InputError, match="^triples: no partition; give every item once"):
        order_of(forward(EXAMPLE), [(0, 1, 3), (2, 4, 5)])


@pytest.mark.parametrize(
    ("items", "cost", "message"),
    [
        ((2**52, 2**52, 2**52), None, "items: times pass 2\\^53 ticks; give smaller sizes"),
        ((10**6,) * 3, CAUSAL, "items: families of 3000000 queries in all; give sizes of sum"),
    ],
)
def test_sizes_that_are_too_large(items, cost, message):
    """Times stay within a file's numbers, and families within memory."""
    with pytest.raises(ps.InputError, match=f"^{message}"):
        forward(ThreePartition(items), cost)


@pytest.fixture
def two_users_instance():
    """An instance that has nothing to do with partitions."""
    return ps.Instance(
        "two",
        ["a", "b"],
        np.array([0, 1]),
        ps.Prompts.from_segments([[("a", 1)], [("b", 1)]]),
    )


def test_shared_tokens_are_needed():
    """With o = 0 a pair need not stay together, so such lengths are refused."""
    with pytest.raises(ps.InputError, match="^prefix: 0 is too small; give 1 or more$"):
        forward(EXAMPLE, prefix=0)
    assert Lengths.choose(ps.Potential(), None, None) == Lengths(ps.Potential(), 1, 2)
