"""Deletion bounds for percentiles and goodput: the queries that are late in every schedule."""

from __future__ import annotations

import numpy as np

from prefixsched.bounds.deletion import DeletionSearch, least_late
from prefixsched.bounds.late_recomputation import LateRecomputation
from prefixsched.bounds.late_stack_distance import LateStackDistance
from prefixsched.bounds.late_windows import FewestLate
from prefixsched.model.instance import NO_ALLOWANCE
from prefixsched.model.problem import NO_DEADLINE
from prefixsched.offline.incumbent import Verified
from prefixsched.runtime.limits import Limits

SHARE = 1 / 4
"""Of the time that is left, at most: streams with far less work than time take a second of it, and
those with nearly as much, tens of seconds."""
RECOMPUTATION_SHARE = 1 / 2
"""Of that, at most, for what is computed again: a thousand queries take 0.2 s."""


def raise_by_deletion(incumbent: Verified, limits: Limits) -> None:
    """Raise the bound of a percentile or of a goodput, as far as limits allow.

    Parameters
    ----------
    incumbent
        What is known; a percentile's has an order or a ceiling.
    limits
        Of all that follows, too.
    """
    part = limits.slice(SHARE)
    if incumbent.question.objective.kind == "percentile":
        _raise_percentile(incumbent, part)
    else:
        _raise_goodput(incumbent, part)


def _raise_percentile(incumbent: Verified, limits: Limits) -> None:
    instance = incumbent.instance
    spare = instance.n - incumbent.question.objective.rank(instance.n)
    part = limits.slice(RECOMPUTATION_SHARE)
    again = LateRecomputation(instance, part), LateStackDistance(instance, part)
    for search in (*again, DeletionSearch(instance, limits)):
        most = incumbent.question.ceiling if incumbent.value is None else incumbent.value
        assert most is not None
        for bound, proof in search.rising(spare, incumbent.bound, most):
            incumbent.raise_bound(bound, proof)


def _raise_goodput(incumbent: Verified, limits: Limits) -> None:
    instance, question = incumbent.instance, incumbent.question
    allowance, enough = question.allowance, question.enough
    assert allowance is not None
    most = instance.n if enough is None else instance.n - enough
    found = FewestLate(0, ())
    if instance.n and allowance[0] != NO_ALLOWANCE and (allowance == allowance[0]).all():
        part = limits.slice(RECOMPUTATION_SHARE)
        for again in (LateRecomputation(instance, part), LateStackDistance(instance, part)):
            proof = again.fewest(int(allowance[0]), most)
            found = max(found, proof, key=lambda each: each.late)
    due = np.where(allowance == NO_ALLOWANCE, NO_DEADLINE, instance.arrival + allowance)
    if found.late <= most:
        shared = least_late(instance, due, limits, most)
        found = max(found, shared, key=lambda each: each.late)
    incumbent.raise_bound(instance.n - found.late, found)
