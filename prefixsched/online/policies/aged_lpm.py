"""Aged longest prefix match: LPM whose waiting queries gain on the others from pass to pass."""

from __future__ import annotations

from prefixsched.model.options import whole
from prefixsched.online.policy import View


class AgedLPM:
    """Aged LPM: the largest matched tokens + tokens · passes waited, ties to the oldest.

    A query without a match is passed over at most ⌈longest match / tokens⌉ times
    by those that came later. As proposed for SGLang's lpm
    (``--lpm-aging-tokens-per-pass``, sgl-project/sglang pull request 31723),
    without that engine's threshold and in-batch rule.

    Parameters
    ----------
    tokens
        What a pass in the queue is worth, in matched tokens.
    """

    def __init__(self, tokens: int = 256) -> None:
        self.tokens = whole("aged-lpm: tokens", tokens, 0)
        self.name = f"aged-lpm:{tokens}"

    def pick(self, view: View) -> int:
        """The query with the largest sum."""
        return int(view.waiting[(view.overlap + self.tokens * view.passes).argmax()])
