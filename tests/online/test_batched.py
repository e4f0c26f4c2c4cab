"""Tests of batches and chunked prefill."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cached, causal, instances, linear, stream

from prefixsched.model.cost import Rectangular, Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache
from prefixsched.online.batched import simulate_batched
from prefixsched.online.simulation import simulate

POLICIES = ("fcfs", "lpm", "k-lpm:2", "hrrn", "dfs-weight", "shortest-prefill-first", "aged-lpm")
NOTHING = Table(np.zeros(1, np.int64), np.zeros((1, 1), np.int64))
unbounded = instances(costs=st.one_of(linear, causal), caches=st.just(Cache.UNBOUNDED))
either = unbounded | cached().filter(lambda instance: hasattr(instance.cost, "potential"))


def test_a_worked_example():
    """Steps of four tokens: one prompt ends, one is cut, and both compute what they share."""
    instance = stream((0, "aab"), (0, "aac"), (0, "aad"), cache=Cache.UNBOUNDED)
    run = simulate_batched(instance, "fcfs", 4, step_ticks=10)
    # aab and the first a of aac; then the rest of aac, and d, for which the step before cached aa.
    assert run.completion.tolist() == [14, 27, 27]
    assert run.reused.tolist() == [0, 0, 2]
    assert run.steps == 2


def test_a_chunk_is_cached_when_its_step_ends():
    """The rest of an unfinished prompt shares a step with one that reuses its beginning."""
    instance = stream((0, "aaaab"), (0, "aaaac"), cache=Cache.UNBOUNDED)
    assert simulate_batched(instance, "fcfs", 4).reused.tolist() == [0, 4]
    assert simulate_batched(instance, "fcfs", 5).reused.tolist() == [0, 4]
    assert simulate_batched(instance, "fcfs", 6).reused.tolist() == [0, 0]


@settings(max_examples=50)
@given(unbounded, st.sampled_from([name for name in POLICIES if name != "hrrn"]))
def test_one_token_a_step_is_one_prompt_at_a_time(instance, policy):
    """No step has room for two, and costs add up: exactly the run without batches.

    (HRRN counts what was computed since it first saw a query, which is earlier in steps.)
    """
    alone, batched = simulate(instance, policy), simulate_batched(instance, policy, 1)
    assert batched.order.tolist() == alone.order.tolist()
    assert batched.completion.tolist() == alone.completion.tolist()
    assert batched.reused.tolist() == alone.reused.tolist()
    assert batched.steps == int((instance.length - batched.reused).sum())


@given(either, st.sampled_from(POLICIES))
def test_queries_far_apart_have_a_step_of_their_own(instance, policy):
    """With room for each and nobody beside it, batches change nothing, under either cache."""
    apart = replace(instance, arrival=np.arange(instance.n) * 1000)
    alone = simulate(apart, policy)
    batched = simulate_batched(apart, policy, int(instance.length.max()))
    assert batched.completion.tolist() == alone.completion.tolist()
    assert batched.reused.tolist() == alone.reused.tolist()
    assert batched.steps == instance.n


@given(either, st.sampled_from(POLICIES))
def test_room_for_all_that_wait_is_one_step(instance, policy):
    """All arrive together: nobody finds anything cached, and all end together."""
    together = replace(instance, arrival=np.zeros(instance.n, dtype=np.int64))
    run = simulate_batched(together, policy, int(instance.length.sum()), step_ticks=7)
    work = instance.cost.prefill(instance.length, np.zeros_like(instance.length)).sum()
    assert run.steps == 1
    assert not run.reused.any()
    assert set(run.completion.tolist()) == {int(work) + 7}


@given(either, st.sampled_from(POLICIES), st.integers(1, 12), st.integers(0, 5))
def test_tokens_and_time_add_up(instance, policy, batch_tokens, step_ticks):
    """Every token is reused or computed once by its query, and no step is over its budget."""
    run = simulate_batched(instance, policy, batch_tokens, step_ticks)
    assert sorted(run.order.tolist()) == list(range(instance.n))
    computed = int((instance.length - run.reused).sum())
    assert -(-computed // batch_tokens) <= run.steps <= computed
    work = int(instance.cost.prefill(instance.length, run.reused).sum())
    assert run.makespan >= work + run.steps * step_ticks
    assert (run.completion >= instance.arrival + step_ticks).all()
    if not instance.arrival.any():
        assert run.makespan == work + run.steps * step_ticks


@pytest.mark.parametrize(
    ("instance", "arguments", "message"),
    [
        (stream((0, "a")), (4,), "cache: a batch has no last prompt; use unbounded or lru"),
        (
            stream((0, "a"), cost=Rectangular(), cache=Cache.UNBOUNDED),
            (4,),
            "cost: batches need costs additive along a prompt; use linear or causal",
        ),
        (
            stream(
                (0, "a"),
                cost=Table(np.zeros(1, np.int64), np.zeros((1, 1), np.int64)),
                cache=Cache.UNBOUNDED,
            ),
            (4,),
            "cost: batches need costs additive along a prompt; use linear or causal",
        ),
        (
            stream((0, "a"), cache=Cache.UNBOUNDED),
            (0,),
            "batch_tokens: 0 is too small; give 1 or more",
        ),
        (
            stream((0, "a"), cache=Cache.UNBOUNDED),
            (1, -1),
            "step_ticks: -1 is too small; give 0 or more",
        ),
    ],
)
def test_what_batches_can_not_be(instance, arguments, message):
    """One line says why."""
    with pytest.raises(InputError) as caught:
        simulate_batched(instance, "fcfs", *arguments)
    assert str(caught.value) == message


def test_results_say_that_they_are_of_another_model():
    """Programs can't take them for runs of the exact model."""
    fields = simulate_batched(stream((0, "aab"), cache=Cache.UNBOUNDED), "lpm", 2, 5).as_dict()
    said = {key: fields[key] for key in ("model", "batch_tokens", "step_ticks", "steps", "max")}
    assert said == {"model": "batched", "batch_tokens": 2, "step_ticks": 5, "steps": 2, "max": 13}
