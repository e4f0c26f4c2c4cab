"""Tests of the program as a whole: help, completion, and the real entry points."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from examples import TWO_USERS

from prefixsched import __version__
from prefixsched.cli.root import COMMANDS

PROGRAM = str(Path(sys.executable).with_name("prefixsched"))
HEAVY = {"numpy", "numba", "ortools", "pulp", "matplotlib", "didppy", "highspy", "rich", "msgspec"}


def complete(*words):
    """What a shell is offered for the last of ``words``."""
    env = os.environ | {
        "_PREFIXSCHED_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["prefixsched", *words]),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run([PROGRAM], env=env, capture_output=True, text=True, check=True)
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_the_help(run):
    """It has every command, an example, the exit codes and how to get completion."""
    result = run("--help")
    assert result.exit_code == 0
    for part in (*COMMANDS, "Example:", "Exit codes:", "_PREFIXSCHED_COMPLETE=bash_source"):
        assert part in result.stdout
    assert "..." not in result.stdout.split("Commands:")[1]
    assert run().stdout == result.stdout


@pytest.mark.parametrize("command", [*COMMANDS, "plot gantt", "plot cdf"])
def test_every_help_has_an_example(command, run):
    """One can copy a line from each."""
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert f"\n    prefixsched {command}" in result.stdout.partition("Example:")[2]
    assert run(*command.split(), "-h").stdout == result.stdout


def test_the_version(run):
    """``--version`` is one line."""
    assert run("--version").stdout == f"prefixsched {__version__}\n"


def test_versions(run):
    """``versions`` has what a bug report needs."""
    text = run("versions").stdout
    assert text.startswith("prefixsched ")
    assert "numba " in text
    assert '"python":' in run("versions", "--json").stdout


def test_the_help_loads_nothing_heavy():
    """Starting the program takes no solver, compiler or plotting library."""
    code = (
        "import sys; from prefixsched.cli.root import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "Commands:" in done.stdout
    assert not HEAVY & set(done.stderr.split())


@pytest.mark.parametrize("program", [[PROGRAM], [sys.executable, "-m", "prefixsched"]])
def test_the_entry_points(program):
    """The installed program and the module do the same, and exit codes arrive."""
    done = subprocess.run([*program, "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"prefixsched {__version__}\n")
    done = subprocess.run([*program, "info", "missing.json"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("prefixsched: missing.json: no such file")


def test_completion():
    """Commands, generators, policies, backends, formats and choices are offered."""
    assert complete("gen") == ["generate"]
    assert complete("generate", "ra") == ["rasq"]
    assert complete("simulate", "x.json", "-p", "rando") == ["random"]
    assert complete("solve", "x.json", "--backend", "a") == ["auto"]
    assert complete("solve", "x.json", "--ttft", "o") == ["own"]
    assert complete("import", "moon") == ["mooncake"]
    assert complete("solve", "x.json", "--objective", "p9") == ["p90", "p95", "p99"]
    assert complete("tune", "x.json", "--objective", "me") == ["mean"]
    assert complete("generate", "rasq", "--cache", "l") == ["last", "lru:"]
    assert complete("import", "mooncake", "x", "--cache", "u") == ["unbounded"]
    assert complete("bench", "sm") == ["smoke"]


def test_a_closed_pipe_is_silent(two_users):
    """Nobody reads what ``| head`` does not want."""
    writer = subprocess.Popen(
        [PROGRAM, "generate", "rasq", "--users", "3000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with writer:
        writer.stdout.read(1)
        writer.stdout.close()
        errors = writer.stderr.read()
    assert (writer.returncode, errors) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_one_line(two_users, unbuffered):
    """Standard output that can't be written is told like any other output."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [PROGRAM, "info", str(two_users)],
            stdout=full,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        )
    assert done.returncode == 2
    assert done.stderr == b"prefixsched: can't write: no space left on device\n"


def test_names_that_the_terminal_cannot_show(tmp_path):
    """A name in another script breaks nothing where the locale is plain ASCII."""
    import json

    path = tmp_path / "name.json"
    path.write_text(json.dumps(TWO_USERS | {"name": "двое"}))
    done = subprocess.run(
        [PROGRAM, "simulate", str(path), "-p", "fcfs"],
        capture_output=True,
        env=os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
