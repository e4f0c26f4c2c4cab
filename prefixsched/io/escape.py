"""Names of files and in files, as they may be shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

MOST = 200
"""Characters of a name that are shown: two lines of a terminal; a file may state megabytes."""

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories of what acts on a terminal or a reader, or has no shape: controls, formats
(marks that turn the direction of writing among them), halves of surrogate pairs, private and
unassigned characters, and separators of lines and paragraphs."""
_DOUBTFUL = re.compile(r"[^\x20-\x7e]")


def shown(text: str) -> str:
    """A name on one line, as Python writes what a terminal would act on; cut where it is long."""
    if len(text) > MOST:
        text = f"{text[: MOST - 1]}…"
    return escaped(text)


def python_escape(character: str) -> str:
    """A character as a Python string states it."""
    return character.encode("unicode_escape").decode()


def json_escape(character: str) -> str:
    """A character as a JSON string states it."""
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[k : k + 4]}" for k in range(0, len(units), 4))


def escaped(text: str, kept: str = "", escape: Callable[[str], str] = python_escape) -> str:
    """``text`` with all that isn't to be seen, but for the characters of ``kept``, as escapes."""

    def replace(match: re.Match[str]) -> str:
        character = match[0]
        if character in kept or unicodedata.category(character) not in _UNSEEN:
            return character
        return escape(character)

    return _DOUBTFUL.sub(replace, text)


def uncapitalised(text: str) -> str:
    """A sentence as a part of one: its first letter small, unless its first word is a name."""
    first = text.partition(" ")[0]
    return (
        text
        if first[1:] != first[1:].lower() or any(map(str.isdigit, first))
        else text[:1].lower() + text[1:]
    )
