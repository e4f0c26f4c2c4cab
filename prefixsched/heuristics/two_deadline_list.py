"""Lists in which some miss a first deadline, and everybody keeps to a second one.

See :mod:`prefixsched.kernels.heuristics.two_deadline_list`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.heuristics.tardy_list import TardyList

PARTS = 16
"""In so many parts of the time up to the second deadline a list is told to use it."""


@dataclass(frozen=True, eq=False)
class Way:
    """How to make such a list: for the parts see the kernel's ``Manner``.

    Parameters
    ----------
    foresight, eager
        From 0 to 16.
    part
        Of the time up to the second deadline who is put off may take so many parts of 16; who must
        be served soon anyway is so in less busy times now and then.
    sequence
        ``[n]``; None for that of deadlines.
    noise
        Of what is looked for to put off, in mean costs of a query.
    """

    foresight: int
    eager: int
    part: int = PARTS
    sequence: IntArray | None = None
    noise: float = 0


class TwoDeadlineList(TardyList):
    """Orders of a stream in which few miss a first deadline, and nobody a second one."""

    def within(
        self, due: IntArray, latest: IntArray, spare: int, way: Way
    ) -> tuple[IntArray, IntArray] | None:
        """Serve queries in a sequence, and put off who has to miss the first deadline.

        Parameters
        ----------
        due, latest
            ``[n]`` each; the two deadlines.
        spare
            How many may miss the first.
        way
            How the list is made.

        Returns
        -------
        tuple or None
            The order and completions by place; None where it isn't found. With ``lru`` more than
            said may miss their deadlines.
        """
        from prefixsched.kernels.heuristics.two_deadline_list import Manner, two_deadline_list

        allowed = (latest - self.stream.release) * way.part // PARTS
        latest = np.maximum(due, self.stream.release + allowed)
        order, ends = two_deadline_list(
            self.stream._replace(due=due),
            latest,
            self._cache(),
            (self._cache(), self._cache()),
            self._sequence(due) if way.sequence is None else way.sequence,
            spare,
            Manner(way.foresight, way.eager, int(way.noise * self.mean)),
            self.rng,
        )
        return None if len(order) < len(due) else (order, ends)
