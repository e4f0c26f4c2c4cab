"""The shortest prefill first."""

from __future__ import annotations

from prefixsched.online.policy import View


class ShortestPrefillFirst:
    """Shortest prefill first: the fewest tokens to compute, ties to the oldest.

    As in SGLang (``--schedule-policy shortest-prefill-first``, schedule_policy.py),
    without its in-batch rule, and in vLLM's pull request 21558.
    """

    name = "shortest-prefill-first"

    def pick(self, view: View) -> int:
        """The query that computes fewest tokens."""
        return int(view.waiting[view.uncached.argmin()])
