"""No output of a command destroys what the command reads."""

import json
import os

import click
import pytest
from bench_suites import TINY
from examples import BEST, TWO_USERS

from prefixsched.cli.root import cli
from prefixsched.cli.types import Input, Results

TRACE = '{"timestamp": 0, "input_length": 10, "hash_ids": [0], "ttft_ms": 5}\n'
COST = {"format": "prefixsched-cost/1", "cost": {"model": "linear", "token": 1}}
COMMANDS = {
    "solve": (("solve", "x.json", "-o"), "x.json"),
    "solve --start": (("solve", "x.json", "--start", "s.json", "-o"), "s.json"),
    "simulate": (("simulate", "x.json", "-p", "fcfs", "-o"), "x.json"),
    "import": (("import", "mooncake", "t.jsonl", "-o"), "t.jsonl"),
    "import --cost": (("import", "mooncake", "t.jsonl", "--cost", "c.json", "-o"), "c.json"),
    "generate --cost": (("generate", "rasq", "--cost", "c.json", "-o"), "c.json"),
    "calibrate": (("calibrate", "t.jsonl", "-o"), "t.jsonl"),
    "calibrate --plot": (("calibrate", "log.png", "--plot"), "log.png"),
    "score": (("score", "log.png", "--token-time", "40", "--plot"), "log.png"),
    "score --trace": (
        ("score", "t.jsonl", "--token-time", "40", "--trace", "log.png", "--plot"),
        "log.png",
    ),
    "gantt": (("plot", "gantt", "x.png", "s.json", "-o"), "x.png"),
    "gantt of a schedule": (("plot", "gantt", "x.json", "s.png", "-o"), "s.png"),
    "cdf": (("plot", "cdf", "x.png", "-o"), "x.png"),
    "anytime": (("plot", "anytime", "x.png", "-o"), "x.png"),
    "cache": (("plot", "cache", "x.png", "-o"), "x.png"),
    "report": (("report", ".", "-o"), "results.jsonl"),
    "report over a suite": (("report", ".", "-o"), "suite.toml"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of every kind of file, some with names that a figure may have."""
    monkeypatch.chdir(tmp_path)
    for name in ("x.json", "x.png"):
        (tmp_path / name).write_text(json.dumps(TWO_USERS))
    for name in ("s.json", "s.png"):
        (tmp_path / name).write_text(json.dumps(BEST))
    for name in ("t.jsonl", "log.png", "results.jsonl"):
        (tmp_path / name).write_text(TRACE)
    (tmp_path / "c.json").write_text(json.dumps(COST))
    (tmp_path / "suite.toml").write_text(TINY)
    return tmp_path


@pytest.mark.parametrize("way", ["name", "relative", "symbolic", "hard"])
@pytest.mark.parametrize("name", COMMANDS)
def test_an_output_that_is_an_input(name, way, run, folder):
    """However the file is called: one line, and it is as it was."""
    command, read = COMMANDS[name]
    before = (folder / read).read_bytes()
    output = {"name": read, "relative": f"../{folder.name}/{read}"}.get(way, f"link-{read}")
    if way == "symbolic":
        (folder / output).symlink_to(read)
    if way == "hard":
        os.link(read, output)
    result = run(*command, output)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"prefixsched: {output}: is read by this command; give another path for the output\n"
    )
    assert (folder / read).read_bytes() == before


def test_standard_input_from_the_output(folder):
    """``solve - -o x.json < x.json`` reads x.json, whatever the shell calls it."""
    import subprocess
    import sys

    command = [sys.executable, "-m", "prefixsched", "solve", "-", "-o", "x.json"]
    before = (folder / "x.json").read_bytes()
    with (folder / "x.json").open() as file:
        done = subprocess.run(command, stdin=file, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("prefixsched: x.json: is read by this command; ")
    assert (folder / "x.json").read_bytes() == before


def test_two_outputs_that_are_one(run, folder):
    """The second would take the place of the first."""
    result = run("calibrate", "t.jsonl", "-o", "new.png", "--plot", "./new.png")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "prefixsched: new.png: two outputs go there; give each its own path\n"


def test_an_output_may_stand_beside_what_is_read(run, folder):
    """An earlier answer is written over, and a link to a new place is followed."""
    for _ in range(2):
        assert run("solve", "x.json", "-o", "answer.json").exit_code == 0
    (folder / "link.json").symlink_to("elsewhere.json")
    assert run("solve", "x.json", "-o", "link.json").exit_code == 0
    assert json.loads((folder / "elsewhere.json").read_text())["ttft"] == 11500


def commands(group, ctx):
    """Every command below a group."""
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if isinstance(command, click.Group):
            yield from commands(command, ctx)
        else:
            yield command


OUTPUTS = {"output", "figure", "instance_path"}


def test_every_path_is_an_input_or_an_output():
    """A new command can't forget: what is read is kept in mind, and nothing else is."""
    seen = 0
    for command in commands(cli, click.Context(cli)):
        for parameter in command.params:
            if isinstance(parameter.type, click.Path):
                reads = isinstance(parameter.type, Input | Results)
                assert reads != (parameter.name in OUTPUTS), (command.name, parameter.name)
                seen += 1
    assert seen > 30
