"""Ceilings on every TTFT: a first schedule, or a proof that there is none; and a lower bound."""

from __future__ import annotations

from collections.abc import Callable

from prefixsched.bounds.ceiling_deletion import CeilingDeletion
from prefixsched.exact.backend import Backend
from prefixsched.offline.deletion import raise_by_deletion
from prefixsched.offline.incumbent import Verified
from prefixsched.offline.question import Question, allowance_of
from prefixsched.runtime.limits import Limits
from prefixsched.verifier.objective import Objective

BOUND_SHARE = 1 / 4
"""Of the time that is left, at most; an hour of 12,031 queries takes 0.1 s of it, and 12 s where
work comes as fast as it can be done."""
FIRST_SHARE = 1 / 4
"""Of what is left, for the least largest TTFT: it is found in less where a bound meets it."""


def begin_within_ceiling(
    incumbent: Verified, limits: Limits, close: Callable[[Verified, Limits, Backend | None], None]
) -> None:
    """Decide whether every TTFT can keep to the ceiling, unless the best schedule shows it.

    That is the decision of the largest TTFT, whose bounds, orders and searches are all of use. Its
    schedule is the incumbent's first; a proof that there is none settles the question. Where a
    limit comes before either, there is nothing to begin with.

    Parameters
    ----------
    incumbent
        Of a percentile, with a ceiling or without one.
    limits
        Of all that follows, too.
    close
        Settles a question as far as limits allow.
    """
    question = incumbent.question
    if question.ceiling is None:
        return
    raise_by_deletion(incumbent, limits)  # what bounds all orders bounds those that keep to it
    if incumbent.best is None:
        _offer_least_max(incumbent, limits, close)
    if incumbent.best is not None:
        return
    n, allowance = question.instance.n, allowance_of(question.instance, question.ceiling)
    decision = Question(question.instance, Objective(), question.ceiling, allowance, n)
    known, part = Verified(decision), limits.slice()
    try:
        close(known, part, None)
    finally:  # what is known counts, however the search ends
        limits.charge(known.nodes)
        incumbent.backend, incumbent.nodes = known.backend, known.nodes
        incumbent.core, incumbent.core_alone = known.core, known.core_alone
        incumbent.infeasible = known.refuted
        if known.answer is not None:
            incumbent.offer(known.answer)


def _offer_least_max(
    incumbent: Verified, limits: Limits, close: Callable[[Verified, Limits, Backend | None], None]
) -> None:
    """Offer the order with the least largest TTFT that is found in a part of the time.

    Its searches go further below the ceiling than a decision, which ends with any order.
    """
    least = Verified(Question(incumbent.instance, Objective(), None, None, None))
    part = limits.part(FIRST_SHARE)
    try:
        close(least, part, None)
    finally:
        limits.charge(least.nodes)
        if least.best is not None:
            incumbent.offer(least.best)


def raise_below_ceiling(incumbent: Verified, limits: Limits) -> None:
    """Raise the bound of a percentile by who must be late though all keep to the ceiling."""
    question, instance = incumbent.question, incumbent.instance
    assert question.ceiling is not None
    assert incumbent.value is not None
    spare = instance.n - question.objective.rank(instance.n)
    search = CeilingDeletion(instance, limits.slice(BOUND_SHARE))
    for bound in search.rising(spare, question.ceiling, incumbent.bound, incumbent.value):
        incumbent.raise_bound(bound)
