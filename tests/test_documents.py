"""Tests of the README and the pages of ``docs``: their blocks run, and print what they say.

The blocks of a page run in their order in one folder: a block with a caption is a file that is
written there, ``console`` blocks are commands, ``python`` blocks share their names. Times and node
counts are left open, as is what an ellipsis stands for. What takes many minutes, or a trace that is
fetched from elsewhere, isn't run.
"""

import re
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from prefixsched.cli.root import cli

ROOT = Path(__file__).parents[1]
PAGES = {
    str(path.relative_to(ROOT)): path
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if "_build" not in path.parts
}
AWAY = (
    "bench policies", "bench paper", "report out", "plot phase", "hour.json",
)  # fmt: skip
"""Commands that take long or need what isn't there."""
LIMITS = {
    "compare": ("--time-limit", "600"),
    "score": ("--time-limit", "600"),
    "tune": ("--time-limit", "0.1"),
    "plot cache": ("--time-limit", "100"),
    "plot tradeoff": ("--time-limit", "100"),
}
"""Optima then don't depend on the clock, not even where kernels are compiled meanwhile;
and that of tune's example isn't waited for.
"""
OPEN = re.compile(r"(?<![\w.])<?[\d.]+ s\b")
NODES = re.compile(r"^( *nodes +)[\d,]+$")
COMPILING = re.compile(r"^ *compiling .*\n", re.MULTILINE)
"""What an installation does once, and tells of."""
FENCE = re.compile(r"^```(?:\{code-block\} )?(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CAPTION = re.compile(r"\A:caption: (.*)\n\n")


class Block(NamedTuple):
    """A block of a page: its language, the file that it is, if any, and its text."""

    language: str
    file: str | None
    text: str


def blocks(path):
    """The blocks of a page that can be run or written, in their order."""
    for language, text in FENCE.findall(path.read_text()):
        caption = CAPTION.match(text)
        body = text[caption.end() :] if caption else text
        name = caption[1] if caption else None
        if name is not None and " " in name:
            continue  # of somebody else's project
        if name is not None or language in ("console", "python"):
            yield Block(language, name, body)


def commands(block):
    """Each command of a console block, with the lines that it is said to print."""
    for piece in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, *lines = piece.rstrip().splitlines()
        yield command.partition("    #")[0], lines


def plain(line):
    """A line without what the machine's speed decides, and without alignment."""
    return " ".join(NODES.sub(r"\1#", OPEN.sub("# s", line)).split())


def pattern(lines, tuned):
    """What the output must match; an ellipsis stands for the rest of a line, or for lines."""
    parts = []
    for line in lines:
        if line.strip() == "…":
            parts.append(r"(.*\n)*")
        elif tuned and line.startswith("The optimum there"):
            parts.append(r"The optimum there .*\n")
        elif tuned:  # rows are left out, and ratios need more time
            row = re.sub(r" [\d.]+–[\d.]+$", "", plain(line))
            parts.append(rf"(.*\n)*?{re.escape(row)}.*\n")
        else:
            parts.append(re.escape(plain(line)).replace("…", ".*") + r"\n")
    return re.compile("".join(parts) + (r"(.*\n)*" if tuned else ""))


def run_command(command, lines):
    """Run one command, and hold what it prints against what the page says."""
    program, *args = shlex.split(command)
    assert program == "prefixsched"
    args += LIMITS.get(args[0], ()) or LIMITS.get(" ".join(args[:2]), ())
    result = CliRunner().invoke(cli, args)
    assert result.exit_code == 0, (command, result.output)
    printed = COMPILING.sub("", result.stdout)
    printed = "".join(f"{plain(line)}\n" for line in printed.splitlines())
    if lines:
        assert pattern(lines, args[0] == "tune").fullmatch(printed), (command, printed)


LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
PLAIN = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("*/README.md"), *ROOT.glob("*/*/README.md"))
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
)
"""Pages that Sphinx, which follows every link of the others, doesn't see."""
RUN = [
    page
    for page, path in PAGES.items()
    if any(block.language in ("console", "python") for block in blocks(path))
]


@pytest.mark.parametrize("page", RUN)
def test_the_blocks_of_a_page(page, tmp_path, monkeypatch):
    """Each ends well, and each command prints what the page says."""
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    names = {"__name__": page}
    for block in blocks(PAGES[page]):
        if block.file is not None:
            (tmp_path / block.file).write_text(block.text)
            monkeypatch.delitem(sys.modules, Path(block.file).stem, raising=False)  # of others
        elif block.language == "python":
            exec(compile(block.text, page, "exec"), names)  # noqa: S102 - our own pages
        else:
            for command, lines in commands(block):
                if not any(part in command for part in AWAY):
                    run_command(command, lines)
    for module in tmp_path.glob("*.py"):
        sys.modules.pop(module.stem, None)  # nor is it another's


def test_the_blocks_are_found():
    """Most of them are run, and many are compared."""
    told = [
        entry
        for page in RUN
        for block in blocks(PAGES[page])
        if block.language == "console"
        for entry in commands(block)
    ]
    run = [lines for command, lines in told if not any(part in command for part in AWAY)]
    assert len(run) > 40
    assert sum(map(bool, run)) >= 20


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    """Each file that a page links to is there."""
    for target in LINK.findall(path.read_text()):
        assert (path.parent / target).exists(), target


def test_every_wing_is_described():
    """The page on architecture says what is in each folder of the package."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    for face in (ROOT / "prefixsched").glob("*/__init__.py"):
        wing = face.parent.name
        assert re.search(rf"`(prefixsched\.)?{wing}/?`", text), wing


FILE = re.compile(r"`((?:tests|prefixsched|benchmarks|reductions)/[\w/.-]+\.(?:py|md|toml))`")
ROLE = re.compile(r"\{(doc|ref|mod|download|func|class)\}`")


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_are_there(page):
    """Of this project, by their path in code."""
    for path in FILE.findall(PAGES[page].read_text()):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("page", ["docs/index.md", *(p for p in PAGES if "tutorials" in p)])
def test_a_forge_shows_the_way_in(page):
    """Where people begin to read, links are plain Markdown, and lead somewhere."""
    text = PAGES[page].read_text()
    assert not ROLE.search(text)
    for target in LINK.findall(text):
        assert "//" in target or (PAGES[page].parent / target).exists(), target
