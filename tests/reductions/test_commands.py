"""Tests of ``generate three-partition`` and ``recover-partition`` on the command line."""

import json

import pytest

import prefixsched as ps
from prefixsched.cli.root import COMMANDS
from prefixsched.io.schedule_file import ScheduleFile, write_schedule
from reductions.problem import ThreePartition
from reductions.three_partition import forward, order_of

ITEMS = (26, 33, 41, 30, 34, 36)
TRIPLES = [(0, 1, 2), (3, 4, 5)]


@pytest.fixture
def files(run, tmp_path):
    """An instance and a schedule within T, as files."""
    paths = tmp_path / "f.json", tmp_path / "s.json"
    items = ",".join(map(str, ITEMS))
    run("generate", "three-partition", "--items", items, "--name", "six", "-o", paths[0])
    instance = ps.read(paths[0])
    order = [instance.ids[j] for j in order_of(instance, TRIPLES)]
    claim = ScheduleFile("prefixsched-schedule/1", "six", order, instance.meta["ttft"])
    write_schedule(claim, paths[1])
    return paths


def test_from_random_sizes_to_triples_and_back(run, tmp_path):
    """Generate, solve, recover: the triples are printed, one a line, with their sum."""
    path, solved = tmp_path / "f.json", tmp_path / "s.json"
    run("generate", "three-partition", "--m", 3, "--b", 40, "--yes", "--seed", 1, "-o", path)
    bound = ps.read(path).meta["ttft"]
    assert run("solve", path, "--ttft", bound, "-o", solved).exit_code == 0
    result = run("recover-partition", path, solved)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("40 = ") and line.count(" + ") == 2 for line in lines)


def test_given_sizes(files, run):
    """The triples come in the order of the gaps, and as JSON with the items' numbers."""
    assert run("recover-partition", *files).stdout == (
        "100 = 26 (a1) + 33 (a2) + 41 (a3)\n100 = 30 (a4) + 34 (a5) + 36 (a6)\n"
    )
    assert json.loads(run("recover-partition", *files, "--json").stdout) == {
        "instance": "six",
        "b": 100,
        "items": [[1, 2, 3], [4, 5, 6]],
        "triples": [[26, 33, 41], [30, 34, 36]],
    }


def test_the_name(run):
    """It is made up from m, and from the kind and the seed where sizes are random."""
    items = ["--items", ",".join(map(str, ITEMS))]
    for args, name in (
        (items, "three-partition-m2"),
        (["--m", 2, "--seed", 3], "three-partition-m2-yes-s3"),
        ([*items, "--name", "mine"], "mine"),
    ):
        result = run("generate", "three-partition", *args)
        assert json.loads(result.stdout)["name"] == name


@pytest.mark.parametrize(
    ("kind", "answer"), [("--yes", "yes"), ("--no", "no"), ("--near", "no"), (None, "yes")]
)
def test_the_kinds(kind, answer, run):
    """The file says what the answer is and why, T, and how it was made."""
    flag = [kind] if kind else []
    size = ["--m", 3, "--b", 60, "--seed", 5]
    result = run("generate", "three-partition", *size, *flag)
    meta = json.loads(result.stdout)["meta"]
    assert meta["answer"] == answer
    assert ("refutation" in meta) == (answer == "no")
    problem = ThreePartition(tuple(meta["items"]))
    assert (problem.m, problem.bound) == (3, 60)
    assert meta["ttft"] == forward(problem).meta["ttft"]
    expected = {"m": 3, "b": 60, "seed": 5, "token_time": "1", "attention_time": "0"}
    assert meta["parameters"] == expected | ({kind[2:]: True} if kind else {})
    assert run("generate", "three-partition", *size, *flag).stdout == result.stdout
    other = run("generate", "three-partition", *size[:-1], 6, *flag).stdout
    assert json.loads(other)["meta"]["items"] != meta["items"]


def test_no_instances_are_refuted_by_solve(run, tmp_path):
    """The exact backend says infeasible at T, also under attention."""
    path = tmp_path / "no.json"
    for cost in ([], ["--attention-time", "0.5"]):
        size = ["--m", 2, "--b", 15, "--no", "--seed", 2]
        run("generate", "three-partition", *size, *cost, "-o", path)
        result = run("solve", path, "--ttft", ps.read(path).meta["ttft"], "--json")
        assert json.loads(result.stdout)["status"] == "infeasible"


BAD = {
    "too small": (["--items", "25,35,40"], "--items: size 1 is 25, not between b/4 and b/2"),
    "wrong sum": (["--items", "30,30,41,30,30,40"], "--items: their sum 201 is no multiple of"),
    "not m b": (["--items", "30,30,40", "--b", "99"], "--items: their sum is 100; give sizes of"),
    "wrong count": (["--items", "30,30,40,30"], "--items: 4 sizes; give 3 m of them"),
    "not 3 m": (["--items", "30,30,40", "--m", "2"], "--items: 3 sizes, but m = 2; give 6"),
    "no list": (["--items", "30;30"], "--items: '30;30' is not a list of integers"),
    "two kinds": (["--yes", "--near"], "--yes and --near: given together; give one of yes, no"),
    "items and kind": (["--items", "30,30,40", "--no"], "--items and --no: given together"),
    "no m": (["--m", "0"], "--m: 0 is too small; give 1 or more"),
    "m for a no": (["--m", "1", "--no"], "--m: one triple is always a yes; give 2 or more"),
    "no b": (["--b", "8"], "--b: no three integers between 8/4 and 8/2 sum to 8; give 3, 6, 7"),
    "no seed": (["--seed", "-1"], "--seed: -1 is too small"),
    "no cost": (["--token-time", "0"], "--token-time: 1000000000 tokens cost less than 2 ticks"),
    "bad prefix": (["--prefix", "0"], "--prefix: 0 is too small; give 1 or more"),
    "bad prompt": (["--prefix", "4", "--prompt", "4"], "--prompt: 4 tokens cost no more than"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_options(name, run):
    """Each is one line that names the option, and exit code 2."""
    args, message = BAD[name]
    result = run("generate", "three-partition", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"prefixsched: {message}")
    assert result.stderr.count("\n") == 1


def refused(result, *parts):
    """Whether a command ended with code 2 and one line that has all ``parts``."""
    one_line = result.stderr.count("\n") == 1 and result.stdout == ""
    return result.exit_code == 2 and one_line and all(part in result.stderr for part in parts)


def test_schedules_of_something_else(files, run, tmp_path):
    """Another instance's schedule, a late one, or a broken one is refused."""
    path, schedule = files
    content = json.loads(schedule.read_text())
    other = tmp_path / "other.json"

    def write(**changes):
        other.write_text(json.dumps(content | changes))
        return run("recover-partition", path, other)

    assert refused(write(instance="seven"), "instance: 'seven', not 'six'; give the schedule of")
    assert refused(write(order=content["order"][1:]), "'g1' is missing; list all 10 queries")
    assert refused(write(order=["x", *content["order"][1:]]), "'x' is no query of 'six'")
    assert refused(
        write(order=content["order"][::-1]), "its largest TTFT is", "holds a partition; give one"
    )


def test_instances_of_something_else(files, run, tmp_path):
    """An instance that is no reduction, or was changed by hand, is refused."""
    path, schedule = files
    rasq = tmp_path / "rasq.json"
    run("generate", "rasq", "-o", rasq)
    assert refused(run("recover-partition", rasq, schedule), "holds no 3-PARTITION instance")
    content = json.loads(path.read_text())
    content["queries"][3]["arrival"] += 1
    rasq.write_text(json.dumps(content))
    assert refused(run("recover-partition", rasq, schedule), "not those that meta.items lead to")
    assert refused(run("recover-partition", "-", "-"), "standard input holds one file")


def test_the_command_comes_through_an_entry_point(run):
    """The program lists it without having it among its own."""
    assert "recover-partition" not in COMMANDS
    assert "recover-partition  Read a 3-PARTITION off a schedule." in run("--help").stdout
    assert "prefixsched recover-partition f.json s.json" in run("recover-partition", "-h").stdout
