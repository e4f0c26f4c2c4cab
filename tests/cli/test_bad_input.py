"""Bad input: exit code 2, and one line on standard error that says what and where."""

import gzip
import json

import pytest
from bench_suites import TINY
from examples import BEST, TWO_USERS

QUERY = TWO_USERS["queries"][1]


def query(**fields):
    """A change of the second query; a field of None is taken out."""

    def change(content):
        target = content["queries"][1]
        for key, value in fields.items():
            target.pop(key, None)
            if value is not None:
                target[key] = value

    return change


def top(**fields):
    """A change of the file's outermost fields."""
    return lambda content: content.update(fields)


def refused(result, *parts):
    """Assert that a command refused its input in one line that holds all ``parts``."""
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("prefixsched: ")
    assert result.stderr.count("\n") == 1
    for part in parts:
        assert part in result.stderr
    return True


INSTANCES = {
    "wrong format tag": (top(format="prefixsched-instance/2"), "format: invalid enum value"),
    "no format tag": (lambda content: content.pop("format"), "missing required field format"),
    "duplicate id": (query(id="a1"), "the id 'a1' appears twice"),
    "negative tick": (query(arrival=-1), "queries[1].arrival: expected int >= 0"),
    "fractional tick": (query(arrival=1.5), "queries[1].arrival: expected int, got float"),
    "negative allowance": (query(ttft=-1), "queries[1].ttft: expected int >= 0"),
    "empty prompt": (query(prompt=[]), "queries[1].prompt: expected array of length >= 1"),
    "empty segment": (query(prompt=[["x", 0]]), "queries[1].prompt[0][1]: expected int >= 1"),
    "no prompt": (query(prompt=None), "queries[1]: no prompt"),
    "prompt and tokens": (query(tokens=[1]), "queries[1]: both prompt and tokens"),
    "unknown cost": (top(cost={"model": "cubic"}), "cost.model: invalid value 'cubic'"),
    "unknown cache": (top(cache={"policy": "mru"}), "cache.policy: invalid value 'mru'"),
    "unknown field": (query(priority=1), "queries[1]: object contains unknown field priority"),
    "unknown outer field": (top(colour=1), "unknown field colour"),
    "empty instance": (top(queries=[]), "queries: expected array of length >= 1"),
    "past 2^53": (query(arrival=2**53 + 1), "numbers stop at 2^53"),
    "past 64 bits": (query(arrival=2**70), "numbers stop at 2^53"),
    "sum past 64 bits": (top(cost={"model": "linear", "token": 2**53}), "sum past 2^62 ticks"),
    "negative cost": (top(cost={"model": "linear", "token": -1}), "cost.token: -1 is negative"),
    "not an object": (lambda content: content.update(queries={}), "queries: expected array"),
}


@pytest.mark.parametrize("name", INSTANCES)
def test_an_instance_that_is_wrong(name, run, changed):
    """Each defect of an instance file is named by its place in the file."""
    change, message = INSTANCES[name]
    path = changed(TWO_USERS, change)
    assert refused(run("info", path), str(path), message)


SCHEDULES = {
    "missing id": (top(order=["a1", "b1"]), "order: 'a2' is missing"),
    "doubled id": (top(order=["a1", "b1", "a1"]), "order[2]: 'a1' appears twice"),
    "unknown id": (top(order=["a1", "b1", "zz"]), "order[2]: 'zz' is no query of 'two-users'"),
    "no ids": (top(order=[]), "order: expected array of length >= 1"),
    "wrong format tag": (top(format="prefixsched-instance/1"), "is an instance file; give a"),
    "unknown format tag": (top(format="prefixsched-schedule/2"), "format: invalid enum value"),
    "unknown field": (top(colour=1), "unknown field colour"),
    "unknown status": (top(status="infeasible"), "status: invalid enum value"),
    "negative claim": (top(ttft=-1), "ttft: expected int >= 0"),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_that_is_wrong(name, run, two_users, changed, tmp_path):
    """Each defect of a schedule file is named, whichever command reads it."""
    change, message = SCHEDULES[name]
    path = changed(BEST, change)
    assert refused(run("verify", two_users, path), str(path), message)
    assert refused(run("solve", two_users, "--backend", "brute", "--start", path), message)
    assert refused(run("plot", "gantt", two_users, path, "-o", tmp_path / "x.png"), message)


READERS = (
    ("info",),
    ("solve",),
    ("simulate", "-p", "fcfs"),
    ("compare",),
    ("tune",),
    ("plot", "cdf", "-o", "never.png"),
    ("import", "mooncake"),
)


@pytest.mark.parametrize("command", READERS, ids=lambda command: command[0])
def test_a_file_that_is_missing(command, run, tmp_path):
    """No command hides that a file isn't there."""
    path = tmp_path / "missing.json"
    assert refused(run(*command, path), str(path), "no such file or directory")


@pytest.mark.parametrize("command", READERS, ids=lambda command: command[0])
def test_a_file_that_is_not_json(command, run, tmp_path):
    """No command hides that a file isn't JSON."""
    path = tmp_path / "broken.json"
    path.write_text('{"format": ')
    assert refused(run(*command, path), str(path), "not JSON")


def test_a_file_that_is_a_folder(run, tmp_path):
    """A folder can't be read."""
    assert refused(run("info", tmp_path), str(tmp_path), "is a directory")


def test_a_file_that_is_not_text(run, tmp_path):
    """Bytes that aren't Unicode are not JSON."""
    path = tmp_path / "bytes.json"
    path.write_bytes(b"\xff\xfe{}")
    assert refused(run("info", path), "not JSON")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_every_reader_takes_every_encoding(encoding, run, tmp_path):
    """Instances, schedules, costs, traces, logs, tours and suites alike."""
    files = {
        "x.json": json.dumps(TWO_USERS),
        "s.json": json.dumps(BEST),
        "c.json": '{"format": "prefixsched-cost/1", "cost": {"model": "linear", "token": 1}}',
        "t.jsonl": '{"timestamp": 0, "input_length": 9, "hash_ids": [0], "ttft_ms": 1}\n',
        "tour.txt": "2\n0 1\n1 0\n0 9\n0 9\n",
        "suite.toml": TINY,
    }
    for name, text in files.items():
        (tmp_path / name).write_bytes(text.encode(encoding))
        files[name] = tmp_path / name
    for command in (
        ("verify", files["x.json"], files["s.json"]),
        ("import", "mooncake", files["t.jsonl"], "--cost", files["c.json"]),
        ("score", files["t.jsonl"], "--token-time", 111),
        ("import", "tsptw", files["tour.txt"]),
        ("bench", files["suite.toml"], "-o", tmp_path / "out"),
    ):
        result = run(*command)
        assert (result.exit_code, result.stderr) == (0, "")


MISTAKEN = {
    "a schedule for an instance": (("info", "s.json"), "is a schedule file; give an instance file"),
    "an instance for a schedule": (
        ("verify", "x.json", "x.json"), "is an instance file; give a schedule file",
    ),
    "a cost for an instance": (("solve", "c.json"), "is a cost file; give an instance file"),
    "an instance for a cost": (
        ("import", "mooncake", "t.jsonl", "--cost", "x.json"), "is an instance file; give a cost",
    ),
    "a trace for an instance": (("tune", "t.jsonl"), "this is a log or trace of requests"),
    "a log of one row for an instance": (("compare", "row.jsonl"), "this is a log or trace"),
    "an instance for a trace": (
        ("import", "mooncake", "x.json"), "is an instance file; give a trace",
    ),
    "an instance for a log": (
        ("score", "x.json", "--token-time", 1), "is an instance file; give a log of requests",
    ),
    "a schedule for a log": (("calibrate", "s.json"), "is a schedule file; give a log of requests"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKEN)
def test_a_file_that_is_something_else(name, run, tmp_path, monkeypatch):
    """The line says what the file is, and what belongs there."""
    monkeypatch.chdir(tmp_path)
    row = '{"timestamp": 0, "input_length": 9, "hash_ids": [0], "ttft_ms": 1}\n'
    cost = '{"format": "prefixsched-cost/1", "cost": {"model": "linear", "token": 1}}'
    texts = {"x.json": json.dumps(TWO_USERS), "s.json": json.dumps(BEST), "c.json": cost}
    for path, text in {**texts, "t.jsonl": 2 * row, "row.jsonl": row}.items():
        (tmp_path / path).write_text(text)
    command, message = MISTAKEN[name]
    assert refused(run(*command), message)


def test_no_error_sends_to_what_is_not_there(run, changed):
    """Where a type is wrong, the line says which is right."""
    for change, message in (
        (query(id=5), "queries[1].id: expected str, got int; give a text in quotes"),
        (query(arrival="0"), "expected int, got str; give a whole number"),
        (query(prompt={}), "expected array, got object; give a list in brackets"),
        (query(prompt=[["x"]]), "queries[1].prompt[0]: expected array of length 2"),
        (top(meta=[]), "meta: expected object, got array; give an object in braces"),
        (top(cache=3), "cache: expected object, got int; give an object in braces"),
        (top(cost={"model": "linear", "token": "x"}), "cost.token: invalid decimal string"),
    ):
        result = run("info", changed(TWO_USERS, change))
        assert refused(result, message)
        assert "README" not in result.stderr


NUMBERS = {
    "memory": ("solve", "{x}", "--memory"),
    "threads": ("solve", "{x}", "--threads"),
    "seed": ("solve", "{x}", "--seed"),
    "max-nodes": ("solve", "{x}", "--max-nodes"),
    "ttft": ("solve", "{x}", "--ttft"),
    "time-limit": ("solve", "{x}", "--time-limit"),
    "percentile": ("solve", "{x}", "--objective", "percentile:{value}"),
    "relax": ("solve", "{x}", "--ttft", "9", "--relax"),
    "k": ("simulate", "{x}", "-p", "k-lpm:{value}"),
    "batch-tokens": ("simulate", "{x}", "-p", "fcfs", "--batch-tokens"),
    "gantt": ("plot", "gantt", "{x}", "{s}", "-o", "{out}", "--ttft"),
    "optimum": ("plot", "cdf", "{x}", "-o", "{out}", "--optimum"),
    "capacities": ("plot", "cache", "{x}", "-o", "{out}", "--capacities"),
    "block-size": ("score", "{t}", "--token-time", "1", "--block-size"),
    "token-time": ("score", "{t}", "--token-time"),
    "start": ("import", "mooncake", "{t}", "--start"),
    "time-scale": ("import", "mooncake", "{t}", "--time-scale"),
    "windows": ("tune", "{x}", "--windows"),
    "split": ("tune", "{x}", "--split"),
    "users": ("generate", "rasq", "--users"),
    "load": ("generate", "rasq", "--load"),
    "adversary": ("adversary", "fcfs", "--steps", "1", "--n"),
}
VALUES = ("nan", "inf", "1e308", "-1", "9" * 20, "9" * 5000, "1e-999999999", "0x10", "")


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:12])
@pytest.mark.parametrize("name", NUMBERS)
def test_an_option_that_is_no_sensible_number(name, value, run, two_users, best, tmp_path):
    """It is taken or refused, in one line; nothing is worked on without end."""
    trace = tmp_path / "t.jsonl"
    trace.write_text('{"timestamp": 0, "input_length": 9, "hash_ids": [0], "ttft_ms": 1}\n')
    places = {"x": two_users, "s": best, "t": trace, "out": tmp_path / "out.svg", "value": value}
    command = [part.format(**places) for part in NUMBERS[name]]
    if "{value}" not in "".join(NUMBERS[name]):
        command.append(value)
    result = run(*command)
    assert result.exit_code in (0, 2, 3)
    if result.exit_code == 2:
        assert refused(result)


def test_a_gzip_that_is_cut_short(run, tmp_path):
    """A truncated download is not taken for a short file."""
    path = tmp_path / "cut.json.gz"
    path.write_bytes(gzip.compress(json.dumps(TWO_USERS).encode())[:-10])
    assert refused(run("info", path), str(path), "gzip is broken or cut short")


def test_standard_input_that_is_wrong(run):
    """Standard input is called by the name that the user gave."""
    assert refused(run("info", "-", input="nonsense"), "-: not JSON")


def test_a_trace_line_that_is_broken(run, tmp_path):
    """File and line number are named."""
    path = tmp_path / "trace.jsonl"
    good = '{"timestamp": 0, "input_length": 10, "output_length": 1, "hash_ids": [0]}'
    path.write_text(f"{good}\n{good[:20]}\n")
    assert refused(run("import", "mooncake", path), f"{path}:2: not JSON")
    path.write_text(f"{good}\n\n{good.replace('10', '-10')}\n")
    assert refused(run("import", "mooncake", path), f"{path}:3: input_length: expected int >= 1")


WRITERS = {
    "solve": ("solve", "{instance}", "--backend", "brute"),
    "simulate": ("simulate", "{instance}", "-p", "fcfs"),
    "generate": ("generate", "rasq", "--users", "2"),
    "import": ("import", "mooncake", "{trace}"),
    "gantt": ("plot", "gantt", "{instance}", "{schedule}"),
    "cdf": ("plot", "cdf", "{instance}"),
}


@pytest.fixture
def writer(two_users, best, tmp_path):
    """A function that gives a command which writes a file."""
    trace = tmp_path / "trace.jsonl"
    trace.write_text('{"timestamp": 0, "input_length": 10, "hash_ids": [0]}\n')
    return lambda name: [
        part.format(instance=two_users, trace=trace, schedule=best) for part in WRITERS[name]
    ]


@pytest.mark.parametrize("name", WRITERS)
def test_an_output_in_a_missing_folder(name, run, writer, tmp_path):
    """What can't be written is refused before the work begins."""
    path = tmp_path / "missing" / "out.png"
    assert refused(run(*writer(name), "-o", path), str(path), "there is no folder")


@pytest.mark.parametrize("name", WRITERS)
def test_an_output_that_is_a_folder(name, run, writer, tmp_path):
    """A folder is not written over."""
    path = tmp_path / "folder.png"
    path.mkdir()
    assert refused(run(*writer(name), "-o", path), str(path), "is a directory")
    assert list(path.iterdir()) == []


@pytest.mark.parametrize("name", WRITERS)
def test_an_output_survives_a_failure(name, run, writer, tmp_path, monkeypatch):
    """Where the disk fails half-way, the file that was there stays as it was, alone."""

    def fail(*_):
        raise OSError(28, "No space left on device")

    path = tmp_path / "out.png"
    path.write_text("precious")
    before = sorted(tmp_path.iterdir())
    monkeypatch.setattr("pathlib.Path.replace", fail)
    result = run(*writer(name), "-o", path)
    assert result.exit_code == 2
    assert f"prefixsched: {path}: can't write: no space left on device" in result.stderr
    assert path.read_text() == "precious"
    assert sorted(tmp_path.iterdir()) == before


def test_an_output_survives_bad_input(run, tmp_path):
    """Bad input leaves the output of an earlier run alone."""
    path = tmp_path / "out.json"
    path.write_text("precious")
    assert refused(run("solve", tmp_path / "missing", "-o", path), "no such file")
    assert path.read_text() == "precious"


def test_one_query_is_enough(run, changed):
    """n = 1 is no special case for any command."""
    path = changed(TWO_USERS, lambda content: content.update(queries=content["queries"][:1]))
    for command in (
        ("info", path),
        ("solve", path, "--backend", "brute"),
        ("solve", path, "--backend", "brute", "--ttft", "6000"),
        ("simulate", path, "-p", "lpm"),
        ("compare", path, "--backend", "brute"),
        ("plot", "cdf", path, "-o", path.with_suffix(".svg")),
    ):
        result = run(*command)
        assert (result.exit_code, result.stderr) == (0, "")
