"""Every example of every ``--help`` runs as it stands, in a folder of its own.

A help's examples make the files that they use, one after another; what people bring with
them (traces, logs, a module, a suite) is there before. An example with a time limit gets a
shorter one here and may end there; one without has to come to its end. Suites are cut down
to a few short streams.
"""

import csv
import inspect
import json
import shlex
from dataclasses import replace
from pathlib import Path

import click
import pytest

from prefixsched.bench import run as bench_run
from prefixsched.bench import suite as suites
from prefixsched.cli.root import cli

ROOT = Path(__file__).parents[2]
SHORT = 0.5
"""Seconds, in place of an example's own time limit."""
END = 100
"""Seconds in which an example without a time limit has to end; kernels compile meanwhile."""
POLICY = """
class MyPolicy:
    name = "mine"

    def pick(self, view):
        return view.waiting[0]
"""
SUITE = """
policies = ["fcfs"]
[[family]]
generator = "rasq"
users = 2
per-user = 2
load = 1.2
"""


def helps(command=cli, ctx=None, name="prefixsched"):
    """Each command's path with the lines of its examples."""
    # With its settings: click keeps the help option that it makes for the first context.
    ctx = click.Context(command, info_name=name, parent=ctx, **command.context_settings)
    block = inspect.cleandoc(command.epilog or "").partition("Example:\n")[2].partition("\n\n")[0]
    if block:
        yield ctx.command_path, [line.strip() for line in block.splitlines()]
    if isinstance(command, click.Group):
        for each in command.list_commands(ctx):
            yield from helps(command.get_command(ctx, each), ctx, each)


EXAMPLES = dict(helps())


def test_every_command_has_an_example():
    """Plug-ins and generators, too."""
    assert len(EXAMPLES) > 35
    for path, lines in EXAMPLES.items():
        assert all(line.startswith("prefixsched ") for line in lines), path


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """What a person has before the first example: traces, logs, a module, a suite."""
    trace = (ROOT / "instances/traces/mooncake-sample.jsonl").read_text()
    rows = (ROOT / "instances/logs/serving-sample.jsonl").read_text().splitlines()[:20]
    (tmp_path / "trace.jsonl").write_text(trace)
    (tmp_path / "conversation_trace.jsonl").write_text(trace * 30)  # as many as it has
    (tmp_path / "served.jsonl").write_text("\n".join(rows))
    (tmp_path / "log.csv").write_text((ROOT / "instances/logs/prefill-sample.csv").read_text())
    (tmp_path / "my_module.py").write_text(POLICY)
    (tmp_path / "my-suite.toml").write_text(SUITE)
    (tmp_path / "n20w40.txt").write_text("3\n0 4 6\n5 0 2\n7 3 0\n0 40\n9 12\n3 30\n")
    cost = {"format": "prefixsched-cost/1", "cost": {"model": "linear", "token": 60}}
    (tmp_path / "cost.json").write_text(json.dumps(cost | {"time_unit": "us"}))
    with (tmp_path / "served.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["timestamp", "input_length", "hash_ids", "first_token_ms"])
        for row in map(json.loads, rows):
            blocks = range(1000 * row["hash_ids"][-1], 1000 * row["hash_ids"][-1] + 4)
            table.writerow(
                [row["timestamp"], 64, " ".join(map(str, blocks)), row["first_token_ms"]]
            )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def short(monkeypatch):
    """Suites of two streams a family, each with little work; one process."""
    read, work = suites.read_suite, bench_run.run_suite

    def cut(*args, **options):
        suite, kept = read(*args, **options), {}
        for task in suite.tasks:
            kept.setdefault(task.family, []).append(task)
        tasks = [
            replace(
                task,
                policies=dict(list(task.policies.items())[:2]),
                time_limit=SHORT / 10,
                max_nodes=10,
                parameters=dict(task.parameters)
                | ({"users": 4} if "users" in task.parameters else {}),
            )
            for family in kept.values()
            for task in (family[0], family[-1])[: len(family)]
        ]
        return replace(suite, tasks=tasks)

    monkeypatch.setattr(suites, "read_suite", cut)
    monkeypatch.setattr(bench_run, "run_suite", lambda *args, **o: work(*args, **o | {"jobs": 1}))


def limited(args):
    """The arguments with a shorter limit, and whether the example has to end by itself."""
    args = list(args)
    command, ctx, rest = cli, click.Context(cli, **cli.context_settings), list(args)
    while isinstance(command, click.Group) and rest and rest[0] in command.list_commands(ctx):
        command = command.get_command(ctx, rest.pop(0))
    option = next((p for p in command.params if p.name == "time_limit"), None)
    if "--time-limit" in args:
        args[args.index("--time-limit") + 1] = str(SHORT)
        return args, False
    if option is None or "--help" in args or "prove" in {p.name for p in command.params}:
        return args, True  # verify has a limit for its --prove alone
    return [*args, "--time-limit", str(END if option.default is None else SHORT)], (
        option.default is None
    )


@pytest.mark.usefixtures("folder", "short")
@pytest.mark.parametrize("path", [path for path in EXAMPLES if path != "prefixsched compile"])
def test_examples(path, run):
    """One after another; of a pipe, each reads what the one before wrote.

    `make test` begins with ``prefixsched compile``, and looks at what came of it.
    """
    for line in EXAMPLES[path]:
        text = None
        for part in line.split(" | "):
            program, *args = shlex.split(part)
            assert program == "prefixsched"
            args, ends = limited(args)
            result = run(*args, input=text)
            assert result.exit_code in ((0,) if ends else (0, 3)), (line, result.stderr)
            text = result.stdout
