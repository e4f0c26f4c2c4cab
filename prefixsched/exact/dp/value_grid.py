"""The values that a largest flow time can take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.problem import Problem

MAX_RESIDUES = 2_000
"""Queries up to which pairwise differences are listed; the grid of others has step 1."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Integers congruent to one of ``residues`` modulo ``step``.

    Every completion is a release (or the clock's zero, where set-ups may begin
    before any arrival) plus set-ups. So with g the greatest common divisor of
    the set-ups, a flow time is a difference of two releases modulo g, and the
    optimum needn't be sought anywhere else.

    Parameters
    ----------
    step
        The modulus, at least 1.
    residues
        Sorted, distinct, from 0 to ``step`` - 1.
    """

    step: int
    residues: IntArray

    @classmethod
    def of(cls, problem: Problem) -> Grid:
        """The grid of a problem's flow times."""
        used = problem.setup[~np.eye(problem.n + 1, problem.n, dtype=bool)]
        step = int(np.gcd.reduce(used))
        if step <= 1 or problem.n > MAX_RESIDUES:
            return cls(1, np.zeros(1, dtype=np.int64))
        base = np.append(problem.release, 0) if problem.anticipatory else problem.release
        residues = np.unique((base[:, None] - problem.release[None, :]) % step)
        return cls(step, residues)

    def down(self, value: int) -> int:
        """The largest grid value that is at most ``value``."""
        whole, rest = divmod(value, self.step)
        k = int(np.searchsorted(self.residues, rest, side="right")) - 1
        if k < 0:
            whole, k = whole - 1, len(self.residues) - 1
        return whole * self.step + int(self.residues[k])

    def up(self, value: int) -> int:
        """The least grid value that is at least ``value``."""
        whole, rest = divmod(value, self.step)
        k = int(np.searchsorted(self.residues, rest))
        if k == len(self.residues):
            whole, k = whole + 1, 0
        return whole * self.step + int(self.residues[k])
