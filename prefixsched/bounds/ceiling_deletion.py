"""Deletion bound under a ceiling: who is late makes room for a while, and is served by then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from prefixsched.bounds.deletion import forced_work
from prefixsched.model.cost import Table
from prefixsched.model.instance import Instance
from prefixsched.runtime.limits import Limits

if TYPE_CHECKING:
    from prefixsched.kernels.bounds.ceiling_deletion import Pass

LONGEST = 4_096
"""Queries of which some are late in a range, at most: longer ones add nothing on traces."""
USES_AT_ONCE = 4_000_000
"""Uses of items between two looks at the limits; some 0.05 s."""


class CeilingDeletion:
    """How many queries are late where nobody may exceed a ceiling, for any allowance.

    A query is late if its TTFT exceeds the *allowance* P, and in all schedules that are spoken of
    no TTFT exceeds the *ceiling* T ≥ P.

    *Forced work* is that of :func:`prefixsched.bounds.deletion.least_late`. Number the queries by
    release, and let a window have the members a to b, where none that arrives with a is older. Let
    H be the release of b plus P; so all members are due by H. Who is late and arrived by H - T is
    done by H all the same. So if D are the late members that arrive after H - T, all other
    members are done by H, and by the argument there

        sum of own(j) over S + sum of w(e) over the edges that some of S use  ≤  H - a,

    for S = the members without D. Every edge that a member is the first of all queries to use
    counts, so for all members together the left side is the *work* of a to b, a difference of
    prefix sums. Let it exceed H - a by x > 0. Without D it falls by own(j), and by w(e) where D
    has all users of e in the window; those are in the *range*, the members that arrive after
    H - T, only if the first user is. So it falls by no more than the sum over D of own(j) +
    sum of ⌈w(e) / k(e)⌉ over j's edges of which the first user is in the range, where k(e) of the
    range use e. So D has at least as many as it takes for the m largest of these to sum up to x;
    if all of the range do not, no schedule keeps to the ceiling.

    *Disjoint ranges add up*, though windows overlap: L(b) is the largest of L(b - 1) and of
    m + L(the last before the range) over the begins a.

    *Few begins count.* Let a' > a be begins with release less the work of all older queries no
    smaller for a'. Then the excess of a' is no smaller for every b, its range is a part of the
    other's that ends with it, and savings in it no greater. So a' proves no fewer, and after more
    queries. Begins without such an a' are a stack with rising lead towards the oldest. Of begins
    before the range of T all have the same range, and the oldest on the stack the most excess.

    Any cost and cache but set-ups that run before arrivals. With T so large that it does not
    count it is the deletion bound of windows in order of arrival, in one pass.

    Parameters
    ----------
    instance
        The stream, of any length.
    limits
        When to end with what is known by then.

    Notes
    -----
    O(n R depth) for an allowance, with ranges of R queries for each begin on the stack with an
    excess.
    """

    def __init__(self, instance: Instance, limits: Limits) -> None:
        from prefixsched.kernels.bounds.ceiling_deletion import first_users

        self.n = instance.n
        self.limits = limits
        self.applies = not (isinstance(instance.cost, Table) and instance.cost.anticipatory)
        self.release = instance.arrival[instance.by_age]
        self.forced = forced_work(instance)
        self.first = first_users(self.forced)

    def fewest(self, allowance: int, ceiling: int, enough: int) -> int:
        """So many are late at least; more than n where nobody can keep to the ceiling.

        Parameters
        ----------
        allowance, ceiling
            Ticks; the second is no less than the first.
        enough
            Where more than so many are late, it need not be known how many more.
        """
        from prefixsched.kernels.bounds.ceiling_deletion import extend

        if not self.applies:
            return 0
        known = self._begin()
        while not self.limits.spent:
            if extend(
                self.forced, self.first, self.release, allowance, ceiling, LONGEST, enough,
                USES_AT_ONCE, known,
            ):  # fmt: skip
                return int(known.least[self.n])
        return 0

    def rising(self, spare: int, ceiling: int, lower: int, upper: int) -> Iterator[int]:
        """Ever better lower bounds on the P that all but ``spare`` queries can keep to.

        It ends, as each round halves the bracket; and no P need be monotone for the proof.

        Parameters
        ----------
        spare
            How many may be late.
        ceiling
            What all keep to.
        lower, upper
            A proven bound in ticks, and a P that can be met.
        """
        while lower < upper and not self.limits.spent:
            middle = (lower + upper) // 2
            if self.fewest(middle, ceiling, spare) > spare:
                lower = middle + 1
                yield lower
            else:
                upper = middle

    def _begin(self) -> Pass:
        from prefixsched.kernels.bounds.ceiling_deletion import Pass

        n = self.n
        return Pass(
            np.zeros(n + 1, dtype=np.int64), np.zeros(n, dtype=np.int64),
            np.zeros(n, dtype=np.int64), np.zeros_like(self.first), np.zeros(4, dtype=np.int64),
        )  # fmt: skip
