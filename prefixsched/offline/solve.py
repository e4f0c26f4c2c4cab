"""The facade: one question in, one verified answer out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from prefixsched.exact.backend import Backend, Run
from prefixsched.exact.dp.bitset_stage import starts_itself
from prefixsched.exact.lru import MOST, climbing_seconds, other_caches
from prefixsched.model.cost import MAX_NUMBER, MAX_TICKS
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.integers import integer
from prefixsched.model.problem import MAX_MATRIX
from prefixsched.offline.arguments import allowance_of, bound_of, enough_of, seconds_of
from prefixsched.offline.max_ttft import OnProgress, Question
from prefixsched.offline.optimise import check_question, check_relaxed, optimise
from prefixsched.offline.result import Result
from prefixsched.plugins.registry import create
from prefixsched.runtime.interrupt import HEEDED, cooperative
from prefixsched.runtime.limits import in_seconds
from prefixsched.verifier.objective import Objective

MOST_THREADS = 1024
"""Workers: several times the cores of a large server; each backend starts them all."""
MOST_SEED = 10**9
"""Backends keep seeds in 32 bits, and count on from them."""


def solve(
    instance: Instance,
    *,
    ttft: int | Literal["own"] | None = None,
    objective: str = "max",
    relax: Fraction | Decimal | float | None = None,
    promise: bool = False,
    backend: str = "auto",
    time_limit: float | None = None,
    threads: int = 2,
    seed: int = 0,
    max_nodes: int | None = None,
    memory: int | None = None,
    start: Sequence[int] | None = None,
    on_progress: OnProgress | None = None,
) -> Result:
    """Find the least possible largest TTFT or the best of another objective, or decide a bound.

    Parameters
    ----------
    instance
        The stream of queries.
    ttft
        None to minimise; a number of ticks to decide TTFT ≤ ``ttft`` for all;
        ``"own"`` to decide with the queries' own allowances. Goodput counts who meets it.
    objective
        ``max``; ``percentile:Q``, the least T that at least ⌈Q n / 100⌉ queries meet;
        ``goodput``, the most queries that meet ``ttft``; or ``mean``. A query that
        misses is served all the same.
    relax
        A share p of 0 to 1, for the relaxed decision: can at least ⌈(1 - p) n⌉
        queries meet ``ttft``? Either a schedule in which so many do (status
        ``relaxed``, or ``feasible`` where all do), or a proof that no schedule
        lets so many meet it (``infeasible``). A float is read as it prints.
    promise
        With ``relax``, ask for less, as the paper does: either a schedule in
        which ⌈(1 - p) n⌉ queries meet ``ttft``, or a proof that not all can
        (``infeasible``), whichever comes first.
    backend
        ``auto`` (policies give an upper bound, trie work a lower one, an exact
        backend closes the gap), or a registered backend as ``name`` or
        ``name:key=value``, which then has to answer by itself.
    time_limit
        Seconds; None for no limit.
    threads, seed, max_nodes
        Handed to the backend.
    memory
        Bytes that a search may take; a third of the machine's where not given.
    start
        A known order of all queries, for the first upper bound.
    on_progress
        Called with each new bracket.

    Returns
    -------
    Result
        Its schedule was evaluated by the verifier, not by the backend. An
        interrupt (Ctrl-C) ends the run with the best bracket so far.

    Raises
    ------
    InputError
        If an argument doesn't fit the instance.
    """
    ttft, time_limit = bound_of(ttft), seconds_of(time_limit)
    threads = integer("threads", threads, 1, MOST_THREADS)
    seed = integer("seed", seed, 0, MOST_SEED)
    max_nodes = None if max_nodes is None else integer("max_nodes", max_nodes, 0, MAX_NUMBER)
    memory = None if memory is None else integer("memory", memory, 1, MAX_TICKS)
    solver: Backend | None = None if backend == "auto" else create("backends", backend)
    deadline = in_seconds(time_limit)
    run = Run(deadline, threads, seed, max_nodes)
    if memory is not None:
        run.memory = memory
    goal = Objective.parse(objective)
    enough = None
    if goal.kind != "max":
        check_question(goal, bounded=ttft is not None, relaxed=relax is not None, backend=backend)
    else:
        enough = enough_of(instance, relax, decision=ttft is not None)
        if promise and enough is None:
            raise InputError("promise: it goes with a share of queries; give relax too")
    if enough is not None and enough < instance.n and not promise:
        goal = Objective("goodput")
        check_relaxed(backend)
    if goal.kind != "max":
        return optimise(
            instance,
            goal,
            ttft=ttft if isinstance(ttft, int) else None,
            allowance=allowance_of(instance, ttft),
            enough=enough,
            run=run,
            start=start,
            on_progress=on_progress,
        )
    relax = relax if promise else None
    question = Question(instance, ttft, relax, on_progress)
    search = cooperative(deadline, strict=instance.n > HEEDED)
    with search:
        _pursue(question, solver, run, start)
    question.interrupted = search.interrupted
    return question.result()


def _pursue(
    question: Question, solver: Backend | None, run: Run, start: Sequence[int] | None
) -> None:
    """Ask bounds, known orders and an exact backend in turn, until the question is settled."""
    instance, quick, relaxed = question.instance, solver is None, question.enough is not None
    # A search among very few queries takes no longer than the work bound.
    if quick or question.decision or not starts_itself(instance, solver):
        question.bound_work()
    if not relaxed and question.bound_answers(quick=quick):
        question.find_core(run)
        return
    question.try_orders(start, solver, run)
    if question.relaxed is not None or (relaxed and question.bound_answers(quick=quick)):
        return
    question.bound_visits()
    if quick and question.settled:
        return
    if quick and instance.cache is Cache.LRU:
        _ask_other_caches(question, run)
        if not question.settled and instance.n <= MOST:
            question.ask(create("backends", "dp"), run)
    elif quick and instance.n > MAX_MATRIX:
        question.follow_stream(run)
    else:
        question.ask(create("backends", "dp") if solver is None else solver, run)
    if question.infeasible and question.backend in ("bounds", "dp"):
        question.find_core(run)
    if not question.settled and not len(question.work.queries):
        question.bound_work()


def _ask_other_caches(question: Question, run: Run) -> None:
    """Learn from other caches what ``lru`` can't do, and good orders, each in half the time."""
    for other in other_caches(question.instance):
        if question.settled:
            return
        half = None if run.remaining is None else run.remaining / 2
        question.take(other, solve(other, ttft=question.asked, time_limit=half, **run.limits))
    if not question.settled:
        question.rearrange(run, climbing_seconds(question.instance, run))
