"""README's console blocks: what they say is what the program prints.

The blocks of a section run in their order in one folder. Times and node counts are left open,
as is what an ellipsis stands for. What takes many minutes, or a trace that is fetched from
elsewhere, isn't run.
"""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from prefixsched.cli.root import cli

ROOT = Path(__file__).parents[1]
AWAY = ("bench ", "report ", "plot phase", "hour.json", "n20w40.txt", "tour.json")
"""Commands that take long or need what isn't there."""
LIMITS = {
    "solve": ("--max-nodes", "1000000"),
    "tune": ("--time-limit", "0.1"),
    "plot cache": ("--time-limit", "100"),
}
"""Cores and optima then don't depend on the clock, and that of tune's example isn't waited for."""
OPEN = re.compile(r"(?<![\w.])<?[\d.]+ s\b")
NODES = re.compile(r"^( *nodes +)[\d,]+$")


def sections():
    """By heading: each command of the console blocks, with the lines that it is said to print."""
    made = {}
    for section in re.split(r"^##+ ", (ROOT / "README.md").read_text(), flags=re.MULTILINE):
        for block in re.findall(r"^```console\n(.*?)^```", section, re.MULTILINE | re.DOTALL):
            for piece in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, *lines = piece.rstrip().splitlines()
                told = made.setdefault(section.partition("\n")[0], [])
                told.append((command.partition("    #")[0], lines))
    return made


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


SECTIONS = sections()


@pytest.mark.parametrize("section", SECTIONS)
def test_the_blocks_of_a_section(section, tmp_path, monkeypatch):
    """Each command ends well, and prints what the README says."""
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    monkeypatch.chdir(tmp_path)
    for command, lines in SECTIONS[section]:
        if any(part in command for part in AWAY):
            continue
        _, *args = shlex.split(command)
        args += LIMITS.get(args[0], ()) or LIMITS.get(" ".join(args[:2]), ())
        result = CliRunner().invoke(cli, args)
        assert result.exit_code == 0, (command, result.output)
        printed = "".join(f"{plain(line)}\n" for line in result.stdout.splitlines())
        if lines:
            assert pattern(lines, args[0] == "tune").fullmatch(printed), (command, printed)


def test_the_blocks_are_found():
    """Most of them are run, and many are compared."""
    told = [entry for section in SECTIONS.values() for entry in section]
    run = [lines for command, lines in told if not any(part in command for part in AWAY)]
    assert len(run) > 20
    assert sum(map(bool, run)) >= 10
