"""Deletion bounds for percentiles and goodput: the queries that are late in every schedule."""

from __future__ import annotations

import numpy as np

from prefixsched.bounds.deletion import DeletionSearch, least_late
from prefixsched.model.instance import NO_ALLOWANCE
from prefixsched.model.problem import NO_DEADLINE
from prefixsched.offline.incumbent import Verified
from prefixsched.runtime.limits import Limits

SHARE = 1 / 4
"""Of the time that is left, at most: streams with far less work than time take a second of it, and
those with nearly as much, tens of seconds."""


def raise_by_deletion(incumbent: Verified, limits: Limits) -> None:
    """Raise the bound of a percentile or of a goodput, as far as limits allow.

    Parameters
    ----------
    incumbent
        What is known; a percentile's has an order.
    limits
        Of all that follows, too.
    """
    question, instance = incumbent.question, incumbent.instance
    part = limits.slice(SHARE)
    if question.objective.kind == "percentile":
        assert incumbent.value is not None
        spare = instance.n - question.objective.rank(instance.n)
        search = DeletionSearch(instance, part)
        for bound, proof in search.rising(spare, incumbent.bound, incumbent.value):
            incumbent.raise_bound(bound, proof)
        return
    allowance = question.allowance
    assert allowance is not None
    due = np.where(allowance == NO_ALLOWANCE, NO_DEADLINE, instance.arrival + allowance)
    enough = None if question.enough is None else instance.n - question.enough
    found = least_late(instance, due, part, enough)
    incumbent.raise_bound(instance.n - found.late, found)
