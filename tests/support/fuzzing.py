"""Mutants of valid files: structures with values that don't belong, texts, and plain bytes."""

from __future__ import annotations

import copy
import gzip
import json
import random
import re
from collections.abc import Callable
from typing import Any

RAW = "\x01raw:"
"""Begins a string that stands for a JSON token that ``json`` wouldn't write."""
TOKENS = (
    "NaN", "Infinity", "-0", "1e308", "1e999999999", "1e-999999999", "-1e400", "0.1", "1.5", "5.0",
    "00", "+1", "0x10", "9" * 20, "9" * 400, "9007199254740992", "9007199254740993", "nul", "'a'",
)  # fmt: skip
VALUES = (
    None, True, False, 0, 1, -1, 2, 7, 2**31, 2**53, 2**53 + 1, 2**62, 2**63, 2**64, 10**30,
    0.5, -0.5, 1e308, float("nan"), float("inf"), "", "x", "a1", "0", "-1", "nan", "1e5",
    "x" * 3000, "\0", "\x1b[31m", "\ud800", "\u202e", "\n", "[/]", "$\\frac$", "<b>", "../x", [],
    {}, [[]], [0], ["x", 1], {"x": 1}, [None], "own", "last", "lru", "table", "optimal",
    *(RAW + token for token in TOKENS),
)  # fmt: skip
WORDS = (
    *TOKENS, "", "-1", "0", "1", "5", "x", '"', "''", "[", "]", "{", "}", "=", ",", ";", "\t", "#",
    "\0", "\x1b[2J", "é", "ü", "9e9", "1,000", "true", "null", "[[", "]]", "x" * 3000,
)  # fmt: skip
DEEP = 3000
"""Brackets of a deep nest: more than Python's stack takes."""

Mutation = Callable[[random.Random, Any], Any]


def mutant(rng: random.Random, seed: bytes, kind: str) -> bytes:
    """A file with one to three things changed: of its structure, of its text, or of its bytes."""
    raw = seed
    if kind == "json" and rng.random() < 0.75:
        raw = _dumped(rng, _changed(rng, json.loads(raw)))
    elif kind == "lines" and rng.random() < 0.75:
        lines = [json.loads(line) for line in raw.splitlines()]
        raw = b"\n".join(_dumped(rng, line) for line in _changed(rng, lines, top=False))
    elif rng.random() < 0.7:
        raw = _reworded(rng, raw)
    if rng.random() < 0.3:
        raw = _rebitten(rng, raw)
    return raw


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values below ``value``."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, below in items:
        found.append((*place, key))
        if isinstance(below, dict | list):
            found += _places(below, (*place, key))
    return found


def _is_number(value: Any, place: tuple[Any, ...]) -> bool:
    for step in place:
        value = value[step]
    return type(value) is int


def _changed(rng: random.Random, value: Any, *, top: bool = True) -> Any:
    """``value`` after one to three changes of its structure; a list stays one unless ``top``."""
    value = copy.deepcopy(value)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        places = _places(value)
        if not places or (top and rng.random() < 0.02):
            return rng.choice(VALUES) if top else value
        tame = rng.random() < 0.4  # so that many mutants are taken, and worked on
        if tame:
            places = [place for place in places if _is_number(value, place)] or places
        *way, key = rng.choice(places)
        parent = value
        for step in way:
            parent = parent[step]
        act = rng.randrange(8)
        if tame and type(parent[key]) is int:
            parent[key] = rng.choice((0, 1, 2, 7, parent[key] + 1, 1000 * parent[key], 2**53))
        elif act < 3:
            parent[key] = copy.deepcopy(rng.choice(VALUES))
        elif act == 3:
            del parent[key]
        elif act == 4 and isinstance(parent, list):
            parent.insert(key, copy.deepcopy(parent[key]))
        elif act == 5:
            *other, last = rng.choice(places)
            source = value
            try:
                for step in (*other, last):
                    source = source[step]
            except (KeyError, IndexError, TypeError):  # it was in what is gone
                continue
            parent[key] = copy.deepcopy(source)
        elif act == 6 and isinstance(parent, dict):
            parent[rng.choice(("x", "", key.upper(), key + "s", "ttft", "meta"))] = parent.pop(key)
        else:
            parent[key] = {"x": parent[key]} if rng.random() < 0.3 else [parent[key]]
    return value


def _dumped(rng: random.Random, value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=rng.random() < 0.9 or "\\ud8" in json.dumps(value))
    text = re.sub(r'"\\u0001raw:([^"]*)"', lambda match: match[1], text)
    if rng.random() < 0.01:
        text = text.replace("[", "[" * DEEP, 1)
    return text.encode()


def _reworded(rng: random.Random, raw: bytes) -> bytes:
    """A text after one to three words or lines were changed."""
    text = raw.decode()
    for _ in range(rng.choice((1, 1, 2, 3))):
        lines = text.splitlines(keepends=True)
        k = rng.randrange(len(lines)) if lines else 0
        act = rng.randrange(6)
        if act < 3:
            words = list(re.finditer(r"[^\s,=\[\]{}:\"]+|[,=\[\]{}:\"]", text))
            if words:
                word = rng.choice(words)
                text = text[: word.start()] + rng.choice(WORDS) + text[word.end() :]
        elif act == 3 and lines:
            text = "".join(lines[:k] + lines[k + 1 :])
        elif act == 4 and lines:
            text = "".join([*lines[:k], rng.choice(lines), *lines[k:]])
        else:
            at = rng.randrange(len(text) + 1)
            text = text[:at] + rng.choice(WORDS) + text[at:]
    return text.encode(errors="surrogatepass")


def _rebitten(rng: random.Random, raw: bytes) -> bytes:
    """Bytes after one change of those that transfers and editors make, or none makes."""
    at = rng.randrange(len(raw) + 1)
    act = rng.randrange(12)
    if act == 0:
        return raw[:at]
    if act == 1:
        return raw[at:]
    if act < 5 and raw:
        at = min(at, len(raw) - 1)
        return raw[:at] + bytes([rng.randrange(256)]) + raw[at + 1 :]
    if act == 5:
        return raw[:at] + rng.randbytes(rng.randrange(1, 9)) + raw[at:]
    if act == 6:
        end = rng.randrange(at, len(raw) + 1)
        return raw[:end] + raw[at:end] * rng.choice((1, 2, 50)) + raw[end:]
    if act == 7:
        return b"\xef\xbb\xbf" + raw
    if act == 8:
        return raw.decode(errors="replace").encode(
            rng.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "utf-7")),
            errors="replace",
        )
    packed = gzip.compress(raw)
    if act == 9:
        return packed
    if act == 10:
        return packed[: rng.randrange(len(packed))]
    return packed + raw[:at]
