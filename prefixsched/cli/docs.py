"""What numpydoc docstrings say, for help texts and listings."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

_SECTION = re.compile(r"^(?P<title>[A-Z][A-Za-z ]+)\n-{3,}$", re.MULTILINE)


@dataclass(frozen=True)
class Docs:
    """The parts of a docstring.

    Parameters
    ----------
    summary
        The first paragraph, on one line.
    description
        The paragraphs after it.
    parameters
        What is said of each parameter, on one line.
    examples
        The lines of the examples.
    """

    summary: str = ""
    description: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)


def read_docs(thing: Any) -> Docs:
    """Take a docstring apart."""
    text = inspect.getdoc(thing) or ""
    heads = list(_SECTION.finditer(text))
    prose = text[: heads[0].start()] if heads else text
    sections = {
        head["title"]: text[head.end() : after.start() if after else None].strip("\n")
        for head, after in zip_longest(heads, heads[1:])
    }
    summary, _, description = prose.strip().partition("\n\n")
    return Docs(
        plain(summary),
        description.strip(),
        _parameters(sections.get("Parameters", "")),
        [plain(line) for line in sections.get("Examples", "").splitlines() if line.strip()],
    )


def plain(text: str) -> str:
    """Text on one line, without the marks of reStructuredText."""
    text = re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"\1", text)
    return " ".join(text.replace("``", "").split())


def _parameters(section: str) -> dict[str, str]:
    """What is said below each line of names."""
    said: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        if line[:1].strip():  # not indented: a name, or several
            names = [name.strip() for name in line.partition(":")[0].split(",")]
            said.update(dict.fromkeys(names, ""))
        else:
            for name in names:
                said[name] = plain(f"{said[name]} {line}")
    return said
