"""The work that is left when every shared prefix is computed once."""

from __future__ import annotations

import numpy as np

from prefixsched.model.cost import MAX_TICKS, Potential
from prefixsched.model.errors import InputError
from prefixsched.model.prompts import Prompts


def work_with_reuse(prompts: Prompts, cost: Potential) -> int:
    """The weight of the trie of ``prompts``, in ticks.

    Every label must stand at one place of the trie, and no two prompts may be
    equal; then each label is computed once, to its greatest length, and no
    trie has to be built.

    Raises
    ------
    InputError
        If the times could leave 64 bits.
    """
    if cost.worst(int(prompts.length.max())) * len(prompts) >= MAX_TICKS:
        raise InputError("token_time: times could sum past 2^62 ticks; use a coarser tick")
    tokens, offsets = prompts.cumulative, prompts.offsets
    before = np.repeat(tokens[offsets[:-1]], np.diff(offsets))
    begin = np.zeros(len(prompts.names), dtype=np.int64)
    end = np.zeros_like(begin)
    begin[prompts.labels] = tokens[:-1] - before
    np.maximum.at(end, prompts.labels, tokens[1:] - before)
    return int((cost.potential(end) - cost.potential(begin)).sum())
