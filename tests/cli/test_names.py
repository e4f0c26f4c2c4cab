"""Names from files reach the terminal as text: nothing in them acts on it, or is markup."""

import copy
import json
import re

import pytest
from examples import BEST, TWO_USERS

from prefixsched.io.escape import MOST, escaped, shown, uncapitalised

HOSTILE = {
    "terminal": "\x1b[2J\x1b]0;title\x07\x9b31m",
    "lines": "x\nprefixsched: forged\r\n\u2028\x85",
    "direction": "\u202eevil\u2066\u200f",
    "markup": "[bold red]x[/bold red][/] [link=http://x]y",
    "mathematics": "$\\frac$ $x$ \\$ _hidden",
    "tags": "<a href='http://x'>y</a>&amp;<script>",
    "zero": "a\0b",
    "letters": "naïve 请求 ✓",
}
# Letters that are two columns wide have lines wrapped elsewhere.
HOSTILE["all"] = "".join(name for kind, name in HOSTILE.items() if kind != "letters")
LOG = [
    {"request_id": "b{name}", "timestamp": 10, "input_length": 600, "hash_ids": ["{name}"],
     "ttft_ms": 50},
    {"request_id": "a", "timestamp": 0, "input_length": 700, "hash_ids": ["{name}", "y"],
     "ttft_ms": 40},
]  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A function that writes an instance, its schedule and a log whose names are all one."""
    monkeypatch.chdir(tmp_path)

    def write(name):
        instance, schedule = copy.deepcopy(TWO_USERS), copy.deepcopy(BEST)
        instance["name"] = schedule["instance"] = name
        schedule["backend"] = name
        for query in instance["queries"]:
            query["id"] += name
            query["prompt"] = [[label + name, length] for label, length in query["prompt"]]
        schedule["order"] = [each + name for each in schedule["order"]]
        (tmp_path / "x.json").write_text(json.dumps(instance))
        (tmp_path / "s.json").write_text(json.dumps(schedule))
        text = "".join(json.dumps(row) + "\n" for row in LOG)
        (tmp_path / "log.jsonl").write_text(text.replace("{name}", json.dumps(name)[1:-1]))

    return write


COMMANDS = {
    "solve": ("solve", "x.json"),
    "solve --ttft": ("solve", "x.json", "--ttft", "6000"),
    "solve --objective": ("solve", "x.json", "--objective", "mean"),
    "solve --json": ("solve", "x.json", "--ttft", "6000", "--json"),
    "simulate": ("simulate", "x.json", "-p", "fcfs"),
    "compare": ("compare", "x.json", "-p", "fcfs"),
    "info": ("info", "x.json"),
    "verify": ("verify", "x.json", "s.json"),
    "verify, wrong": ("verify", "instances/y.json", "s.json"),
    "score": ("score", "log.jsonl", "--token-time", "40", "-p", "fcfs"),
    "tune": ("tune", "x.json"),
    "gantt": ("plot", "gantt", "x.json", "s.json", "-o", "x.svg"),
    "cdf": ("plot", "cdf", "x.json", "-p", "fcfs", "-o", "x.svg"),
    "cache": ("plot", "cache", "x.json", "-p", "fcfs", "-o", "x.svg"),
    "lost": ("score", "log.jsonl", "--token-time", "40", "-p", "fcfs", "--plot", "x.svg"),
}
TIMES = re.compile(r"<?\d+\.\d+ s\b|\d+\.\d\d+")


PICTURES = ("gantt", "cdf", "cache", "lost")
CASES = [(command, kind) for command in COMMANDS if command not in PICTURES
         for kind in ("all", "lines", "markup")] + [
    (command, kind) for command in PICTURES for kind in ("all", "mathematics", "letters")
]  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("command", "kind"), CASES)
def test_a_name_is_shown_as_text(command, kind, run, folder, tmp_path):
    """The same lines come as with a harmless name, with what it was put in its place."""
    said = {}
    harmless = re.sub(r"\S", "x", shown(HOSTILE[kind]))  # titles are wrapped where they are long
    for name in (harmless, HOSTILE[kind]):
        folder(name)
        (tmp_path / "instances").mkdir(exist_ok=True)
        (tmp_path / "instances" / "y.json").write_text(json.dumps(TWO_USERS))
        result = run(*COMMANDS[command])
        told = result.stdout + result.stderr
        assert escaped(told, "\n") == told
        said[name] = result.exit_code, told.count("\n")
        if result.exit_code != 2 and COMMANDS[command][0] in ("solve", "simulate", "compare"):
            text = json.loads(result.stdout)["instance"] if "--json" in COMMANDS[command] else told
            wanted = name if "--json" in COMMANDS[command] else shown(name)
            assert "".join(wanted.split()) in "".join(text.split())  # however it is wrapped
    assert said[harmless] == said[HOSTILE[kind]]


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_name_in_an_error_is_one_line(kind, run, folder, tmp_path):
    """Of a field, of an id, or of the file itself."""
    name = HOSTILE[kind]
    folder(name)
    schedule = json.loads((tmp_path / "s.json").read_text())
    for change in ({"order": [name]}, {"status": name}, {name: 1}):
        (tmp_path / "bad.json").write_text(json.dumps(schedule | change))
        result = run("verify", "x.json", "bad.json")
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
        assert escaped(result.stderr, "\n") == result.stderr
    if "\0" not in name:
        result = run("info", f"missing{name}")
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
        assert escaped(result.stderr, "\n") == result.stderr


def test_a_long_name_is_cut(run, changed):
    """A file may state a name of megabytes; nobody wants to see it, and no line holds it."""
    path = changed(TWO_USERS, lambda content: content.update(name="x" * 10**6))
    result = run("info", path)
    assert len(result.stdout.partition("\n")[0]) == MOST
    path = changed(TWO_USERS, lambda content: content.update({"x" * 10**6: 1}))
    result = run("info", path)
    assert len(result.stderr) < 3000
    assert "remove it or put it under meta" in result.stderr


def test_a_unit_is_a_word(run, changed):
    """It stands after every number."""
    for unit in ("\x1b[31m", "u\ns", "x" * 21, "$x$"):
        path = changed(TWO_USERS, lambda content, unit=unit: content.update(time_unit=unit))
        result = run("info", path)
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
        assert "time_unit: " in result.stderr


def test_a_file_whose_name_is_no_text(run, tmp_path):
    """Bytes that are no UTF-8 in a file's name become the name of the instance, escaped."""
    path = tmp_path / b"trace-\xff.jsonl".decode(errors="surrogateescape")
    path.write_text('{"timestamp": 0, "input_length": 10, "hash_ids": [0]}\n')
    result = run("import", "mooncake", path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout)["name"] == "trace-\\xff"
    path.write_text("nonsense\n")
    result = run("import", "mooncake", path)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "trace-\\udcff.jsonl:1: not JSON" in result.stderr


@pytest.mark.parametrize(
    ("text", "small"),
    [
        ("Expected an int", "expected an int"),
        ("INSTANCE and SCHEDULE are both -", "INSTANCE and SCHEDULE are both -"),
        ("P99 is a name", "P99 is a name"),
        ("--x: no", "--x: no"),
        ("", ""),
        ("A", "a"),
    ],
)
def test_the_first_letter_of_a_sentence(text, small):
    """Names in capitals stay."""
    assert uncapitalised(text) == small
