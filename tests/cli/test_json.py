"""``docs/json.md`` names the keys that the commands print, and no others."""

import json
import re
from pathlib import Path

import pytest
from examples import TWO_USERS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "json.md"
BRUTE = ("--backend", "brute")
LOGS = ROOT / "instances" / "logs"
SUITE = """
name = "tiny"
policies = ["fcfs"]
seeds = 1
backends = ["auto", "dp"]
[[family]]
generator = "rasq"
users = 2
per-user = 2
load = "1.2"
"""


def documented(command):
    """The keys of a command, by whether they may be missing."""
    text = DOCS.read_text().partition(f"\n## `{command}`")[2].partition("\n## ")[0]
    keys = {}
    for line in re.findall(r"^\| (`.*)$", text, re.MULTILINE):
        first, _, rest = line.partition(" | ")
        keys |= dict.fromkeys(re.findall(r"`([^`]+)`", first), "(optional)" in rest)
    return keys


def printed(value, prefix=""):
    """The keys of what a command printed, as the documentation writes them."""
    keys = set()
    for key, inner in value.items():
        path = prefix + key
        if isinstance(inner, dict):
            keys |= printed(inner, f"{path}.")
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            keys |= {found for each in inner for found in printed(each, f"{path}[].")}
        else:
            keys.add(path)
    return keys


def held_against(command, answer):
    """Fail where the two differ."""
    keys = documented(command)
    free = [key[:-1] for key in keys if key.endswith("*")]
    real = {key for key in printed(answer) if not any(key.startswith(start) for start in free)}
    said = {key for key in keys if not key.endswith("*")}
    assert real <= said, f"{command}: not documented"
    objects = {key for key in said if any(other.startswith(f"{key}.") for other in said)}
    missing = {key for key in said - real - objects if not keys[key]}
    assert not missing, f"{command}: documented, not printed"


CASES = {
    "solve": ["solve two-users.json --backend brute"],
    "simulate": ["simulate two-users.json -p fcfs"],
    "compare": ["compare two-users.json two-users.json --backend brute -p fcfs"],
    "tune": ["tune two-users.json --backend brute --split 0.6 --windows 2"],
    "verify": ["verify two-users.json best.json"],
    "info": ["info two-users.json"],
    "calibrate": [f"calibrate {LOGS / 'prefill-sample.csv'}"],
    "score": [f"score {LOGS / 'serving-sample.jsonl'} --token-time 60 --time-limit 1 -p fcfs"],
    "plot tradeoff": ["plot tradeoff two-users.json --objective p50 -p fcfs"],
    "presets": ["presets"],
    "bench": ["bench tiny.toml -o out"],
    "adversary": ["adversary fcfs --n 2 --steps 1"],
    "policies` and `backends": ["policies"],
    "versions": ["versions"],
    "recover-partition": [
        "generate three-partition --items 26,33,41 -o f.json",
        "solve f.json -o s.json",
        "recover-partition f.json s.json",
    ],
}


@pytest.mark.usefixtures("two_users", "best")
@pytest.mark.parametrize("command", CASES)
def test_documented_keys_are_those_printed(command, run, tmp_path, monkeypatch):
    """Key by key, nested ones too."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(SUITE)
    *before, last = [line.split() for line in CASES[command]]
    for args in before:
        assert run(*args).exit_code == 0
    result = run(*last, "--json")
    assert result.stdout.count("\n") == 1
    held_against(command, json.loads(result.stdout))


def test_every_command_with_json_is_documented():
    """A command that is added with --json has its keys in the docs."""
    from prefixsched.cli.root import COMMANDS, cli

    with cli.make_context("prefixsched", ["versions"]) as ctx:
        have = [
            name
            for name in cli.list_commands(ctx)
            if any(p.name == "as_json" for p in cli.get_command(ctx, name).params)
        ]
    assert set(COMMANDS) >= set(have) - {"recover-partition"}
    for name in have:
        keys = documented("policies` and `backends" if name == "backends" else name)
        assert keys, name


def test_one_file_is_at_the_top_too(run, two_users):
    """``compare`` of one file: the same keys at the top as in its only comparison."""
    answer = json.loads(run("compare", two_users, *BRUTE, "-p", "fcfs", "--json").stdout)
    (only,) = answer.pop("comparisons")
    assert answer == only


def test_optional_keys_are_printed_where_they_apply(run, changed):
    """Allowances and batches add keys that the docs call optional."""
    path = changed(TWO_USERS, lambda content: content["cache"].update(policy="unbounded"))
    batched = run("simulate", path, "-p", "fcfs", "--batch-tokens", 512, "--json")
    keys = printed(json.loads(batched.stdout))
    optional = {key for key, may_miss in documented("simulate").items() if may_miss}
    assert optional <= keys
