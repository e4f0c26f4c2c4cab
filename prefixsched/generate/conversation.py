"""Chats of several turns, each prompt continuing the one before."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.generate.arrivals import delays
from prefixsched.generate.columns import Column, prompts_of
from prefixsched.generate.common_options import documents_common_options
from prefixsched.generate.setting import Setting
from prefixsched.generate.sizes import sizes
from prefixsched.model.instance import Instance
from prefixsched.model.options import CacheName, exact, spread, total, whole

THINK_GAPS = 10
"""Mean think time where none is given, in mean gaps between queries."""


@documents_common_options
def conversation(
    *,
    chats: int = 200,
    turns: int = 4,
    system: int = 500,
    text: int = 200,
    output: int = 300,
    think: Decimal | None = None,
    cv: float = 0.5,
    load: Decimal | None = None,
    gap: Decimal | None = None,
    rate: Decimal | None = None,
    arrivals: Literal["regular", "poisson"] = "poisson",
    seed: int = 0,
    token_time: Decimal = Decimal(1),
    attention_time: Decimal = Decimal(0),
    cache: CacheName = "last",
    name: str | None = None,
) -> Instance:
    """Make a queue of chats, whose turns build on one another.

    The prompt of a turn is the prompt of the turn before, the answer to it, and
    what the user says next. So it shares the whole prompt before, while the
    answer is new to the prefill cache, as it was decoded and not prefilled.
    A chat is one label, of which each turn is a longer part:
    ``[["system", 500], ["c7", 700]]``.

    Chats start one after another; each later turn of a chat comes a think time
    after the turn before.

    Parameters
    ----------
    chats
        Chats.
    turns
        Mean turns of a chat, spread evenly from 1 to 2 turns - 1.
    system
        Tokens of the system prompt that all chats share; 0 for none.
    text
        Mean tokens of what a user says in a turn.
    output
        Mean tokens of an answer.
    think
        Mean ticks between two turns of a chat, exponential and at least 1; ten mean
        gaps between queries where not given.
    load
        Work with perfect reuse over time available; 0.9 where no other is given:
        in the long run, mean prefill ticks per query over the mean gap.
    gap
        Mean ticks between queries, in the long run, in place of ``load``.
    arrivals
        Equal gaps between the starts of chats, or exponential ones of the same mean.

    Returns
    -------
    Instance
        Its queries in order of arrival.

    Raises
    ------
    InputError
        If an option is out of range.

    Examples
    --------
    ``prefixsched generate conversation --chats 100 --rate 5 --token-time 40 -o chats.json``
    """
    setting = Setting.read("conversation", dict(locals()))
    for option, value in {"chats": chats, "turns": turns, "text": text, "output": output}.items():
        whole(option, value)
    whole("system", system, 0)
    pause = None if think is None else exact("think", think)
    cv = spread("cv", cv)
    rng = setting.rng

    total(chats, 2 * turns)
    count = rng.integers(1, 2 * turns, size=chats)
    n = int(count.sum())
    chat = np.repeat(np.arange(chats), count)
    begin = np.cumsum(count) - count
    turn = np.arange(n) - begin[chat]
    said, answered = sizes(rng, n, text, cv), sizes(rng, n, output, cv)
    answered[begin] = 0  # nothing precedes the first turn
    names = [f"c{i}" for i in range(1, chats + 1)]
    prompts = prompts_of(
        Column(["system"], np.zeros(n, dtype=np.int64), np.full(n, system)),
        Column(names, chat, _running(said + answered, begin, chat)),
    )
    mean = setting.gap(prompts)
    after = delays(rng, n, THINK_GAPS * mean if pause is None else pause)
    after[begin] = 0
    start = setting.arrivals(chats, mean * n / chats)
    arrival = start[chat] + _running(after, begin, chat)
    order = np.argsort(arrival, kind="stable")
    return setting.instance(
        [f"{names[chat[j]]}t{turn[j] + 1}" for j in order],
        arrival[order],
        prompts.select(order),
    )


def _running(values: IntArray, begin: IntArray, chat: IntArray) -> IntArray:
    """Sums of ``values`` up to each turn of its own chat."""
    total = np.cumsum(values)
    return total - (total - values)[begin][chat]
