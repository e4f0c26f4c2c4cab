"""Earliest deadline first (EDF)."""

from __future__ import annotations

import numpy as np

from prefixsched.model.instance import NO_ALLOWANCE
from prefixsched.online.policy import View


class EDF:
    """Earliest deadline first: arrival + own TTFT allowance, ties to the oldest.

    Queries without an allowance come after all others, oldest first. Jackson's
    rule (1955), which is optimal for one machine without set-ups where all jobs
    are there at the start.
    """

    name = "edf"
    needs_allowances = True  # without any it is FCFS, which the command line warns of

    def pick(self, view: View) -> int:
        """The query that is due first."""
        allowance = view.allowance
        due = np.where(allowance == NO_ALLOWANCE, np.iinfo(np.int64).max, view.arrival + allowance)
        return int(view.waiting[due.argmin()])
