"""Write the sample traces of this folder; the same ones every time.

Both are of our own making. The numbers are drawn so that the files look like
public traces of chats: a system prompt that all share, turns that continue the
turn before, now and then the same prompt again, and partial last blocks.
"""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
ROWS = 200


def chats(seed: int, mean: int, gap: int, think: int) -> list[tuple[int, int, int, int, list[int]]]:
    """Turns of chats as (ms, chat, turn, output tokens, prompt), by arrival.

    Parameters
    ----------
    seed
        Seed of the random numbers.
    mean
        About how many tokens a user's text and an answer have.
    gap
        Mean ms between the starts of chats.
    think
        Mean ms between the turns of a chat.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    token = count()

    def fresh(size: int) -> list[int]:
        return [next(token) for _ in range(size)]

    system = fresh(2 * mean // 3)
    turns = []
    start = 0
    for chat in range(ROWS // 2):
        now, prompt = start, system + fresh(int(rng.integers(mean // 4, 3 * mean)))
        for turn in range(1, int(rng.integers(1, 7))):
            output = int(rng.integers(mean // 8, mean))
            turns.append((now, chat, turn, output, prompt))
            if rng.integers(20) > 0:  # else the same prompt is tried again
                prompt = prompt + fresh(output + int(rng.integers(mean // 8, mean)))
            now += think // 4 + int(rng.integers(2 * think))
        start += int(rng.integers(2 * gap))
    turns.sort(key=lambda row: row[0])
    return turns[:ROWS]


def hashed(prompt: list[int], size: int, ids: dict[Any, int], *, chained: bool) -> list[int]:
    """The ids of the blocks of ``prompt``, given out in order of first use.

    Parameters
    ----------
    prompt
        Its tokens.
    size
        Tokens in a block.
    ids
        The ids given out so far, by what was hashed.
    chained
        Whether a block's id depends on all blocks before it.
    """
    made: list[int] = []
    for k in range(0, len(prompt), size):
        before = made[-1] if chained and made else None
        made.append(ids.setdefault((before, *prompt[k : k + size]), len(ids)))
    return made


def mooncake() -> list[dict[str, Any]]:
    """Rows like Mooncake's: ms, and chained ids of 512-token blocks."""
    ids: dict[Any, int] = {}
    return [
        {
            "timestamp": now,
            "input_length": len(prompt),
            "output_length": output,
            "hash_ids": hashed(prompt, 512, ids, chained=True),
        }
        for now, _, _, output, prompt in chats(seed=1, mean=1500, gap=900, think=9000)
    ]


def bailian() -> list[dict[str, Any]]:
    """Rows like Qwen-Bailian's: s, chat ids, and ids of 16-token blocks."""
    ids: dict[Any, int] = {}
    last: dict[int, int] = {}
    rows = []
    for number, (now, chat, turn, output, prompt) in enumerate(
        chats(seed=2, mean=100, gap=400, think=6000), start=1
    ):
        rows.append(
            {
                "chat_id": number,
                "parent_chat_id": last.get(chat, -1),
                "timestamp": now / 1000,
                "input_length": len(prompt),
                "output_length": output,
                "type": "text",
                "turn": turn,
                "hash_ids": hashed(prompt, 16, ids, chained=False),
            }
        )
        last[chat] = number
    return rows


def lines(rows: list[dict[str, Any]]) -> str:
    """``rows`` as JSON Lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


if __name__ == "__main__":
    (HERE / "mooncake-sample.jsonl").write_text(lines(mooncake()))
    (HERE / "bailian-sample.jsonl").write_text(lines(bailian()))
