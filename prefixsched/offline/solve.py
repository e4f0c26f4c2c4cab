"""The solver: one question in, one verified answer out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from prefixsched.exact.backend import Backend
from prefixsched.model.arguments import check_instance
from prefixsched.model.cost import MAX_NUMBER, MAX_TICKS
from prefixsched.model.instance import Instance
from prefixsched.model.integers import integer
from prefixsched.offline.ceiling import begin_within_ceiling
from prefixsched.offline.incumbent import OnProgress, Verified
from prefixsched.offline.max_ttft import MaxTtft
from prefixsched.offline.objectives import optimise
from prefixsched.offline.question import Question, seconds_of
from prefixsched.offline.result import Result
from prefixsched.plugins.registry import create
from prefixsched.runtime.interrupt import HEEDED, cooperative
from prefixsched.runtime.limits import Limits, in_seconds

MOST_THREADS = 1024
"""Workers: several times the cores of a large server; each backend starts them all."""
MOST_SEED = 10**9
"""Backends keep seeds in 32 bits, and count on from them."""


def solve(
    instance: Instance,
    *,
    ttft: int | Literal["own"] | None = None,
    objective: str = "max",
    ceiling: int | None = None,
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
    ceiling
        With a percentile: a number of ticks that every TTFT must keep to while the
        percentile is minimised. Where no schedule does, the status is ``infeasible``.
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
    check_instance(instance)
    limits = _limits(time_limit, threads, seed, max_nodes, memory)
    solver: Backend | None = None if backend == "auto" else create("backends", backend)
    question = Question.of(instance, ttft, objective, relax, promise, backend, ceiling)
    incumbent = Verified(question, on_progress)
    search = cooperative(limits.deadline, strict=instance.n > HEEDED)
    with search:
        if start is not None:
            incumbent.offer_order(start)
        _close(incumbent, limits, solver)
    incumbent.interrupted = search.interrupted
    return incumbent.result()


def _close(incumbent: Verified, limits: Limits, solver: Backend | None) -> None:
    """Settle what was asked, as far as limits allow."""
    if not incumbent.question.largest:
        begin_within_ceiling(incumbent, limits, _close)
        optimise(incumbent, limits)
        return

    def ask(other: Instance, part: Limits) -> Result:
        """The same question of another stream."""
        same = Verified(replace(incumbent.question, instance=other))
        with cooperative(part.deadline, strict=other.n > HEEDED):
            _close(same, part, None)
        return same.result()

    MaxTtft(incumbent, limits, solver).close(create("backends", "dp"), ask)


def _limits(
    time_limit: float | None, threads: int, seed: int, max_nodes: int | None, memory: int | None
) -> Limits:
    """Limits from the arguments of :func:`solve`.

    Raises
    ------
    InputError
        If one is out of range.
    """
    limits = Limits(
        in_seconds(seconds_of(time_limit)),
        integer("threads", threads, 1, MOST_THREADS),
        integer("seed", seed, 0, MOST_SEED),
        None if max_nodes is None else integer("max_nodes", max_nodes, 0, MAX_NUMBER),
    )
    if memory is not None:
        limits.memory = integer("memory", memory, 1, MAX_TICKS)
    return limits
