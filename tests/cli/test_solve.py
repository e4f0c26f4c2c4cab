"""Tests of ``prefixsched solve``."""

import json

import pytest
from examples import BEST, TWO_USERS

from prefixsched.cli import cut
from prefixsched.exact.brute import Brute
from prefixsched.offline.result import Progress

REPEATS = ("--max-nodes", 10**6)  # a core then doesn't depend on the clock
BRUTE = ("--backend", "brute")
FIELDS = [
    "instance", "time_unit", "question", "ttft_asked", "enough", "status", "ttft", "lower_bound",
    "upper_bound", "gap", "order", "core", "core_alone", "reason", "backend", "seconds",
    "compile_seconds", "nodes", "objective", "value", "value_lower", "value_upper",
]  # fmt: skip


def test_an_optimum_for_people(run, two_users):
    """A sentence, then the figures with their units."""
    result = run("solve", two_users, *BRUTE)
    assert result.exit_code == 0
    assert result.stderr == ""
    sentence, blank, *lines = result.stdout.splitlines()
    assert sentence == "two-users: optimal; no order of the 3 queries has a smaller largest TTFT."
    assert blank == ""
    assert lines[:3] == [
        "  TTFT         11,500 us",
        "  lower bound  11,500 us",
        "  gap             0.0 %",
    ]
    assert [line.split()[0] for line in lines[3:]] == ["nodes", "time", "backend"]


def test_an_optimum_as_json(run, two_users):
    """One object with the fields of the contract, and nothing else."""
    result = run("solve", two_users, *BRUTE, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    answer = json.loads(result.stdout)
    assert list(answer) == FIELDS
    assert answer | {"seconds": 0, "compile_seconds": 0, "nodes": 0} == {
        "instance": "two-users",
        "time_unit": "us",
        "question": "optimise",
        "ttft_asked": None,
        "enough": None,
        "status": "optimal",
        "ttft": 11500,
        "lower_bound": 11500,
        "upper_bound": 11500,
        "gap": 0.0,
        "order": ["a1", "a2", "b1"],
        "core": None,
        "core_alone": None,
        "reason": None,
        "backend": "brute",
        "seconds": 0,
        "compile_seconds": 0,
        "nodes": 0,
        "objective": "max",
        "value": 11500,
        "value_lower": 11500,
        "value_upper": 11500,
    }


def test_standard_input(run):
    """``-`` reads the instance from standard input."""
    result = run("solve", "-", *BRUTE, "--json", input=json.dumps(TWO_USERS))
    assert json.loads(result.stdout)["ttft"] == 11500


def test_a_feasible_bound(run, two_users):
    """A bound that can be met is answered with a schedule."""
    result = run("solve", two_users, *BRUTE, "--ttft", 11500)
    assert result.exit_code == 0
    assert "feasible; every query can have its first token within 11,500 us." in result.stdout
    answer = json.loads(run("solve", two_users, *BRUTE, "--ttft", 11500, "--json").stdout)
    assert (answer["status"], answer["ttft"]) == ("feasible", 11500)


def test_an_infeasible_bound(run, two_users):
    """A bound that can't be met is an answer too."""
    result = run("solve", two_users, *BRUTE, "--ttft", 11499)
    assert result.exit_code == 0
    assert "infeasible; not every query can have its first token within 11,499 us." in result.stdout
    assert "TTFT   " not in result.stdout
    answer = json.loads(run("solve", two_users, *BRUTE, "--ttft", 11499, "--json").stdout)
    assert (answer["status"], answer["ttft"], answer["order"]) == ("infeasible", None, None)
    assert answer["lower_bound"] == 11500


def test_an_infeasible_core(run, two_users):
    """Where some queries alone prove it, they are named, with what they need."""
    result = run("solve", two_users, "--ttft", 5999, *REPEATS)
    assert result.exit_code == 0
    line = result.stdout.splitlines()[1]
    assert line == (
        "This one query, arriving at 0 us, needs more than 5,999 us, whatever the others do: a1."
    )
    answer = json.loads(run("solve", two_users, "--ttft", 5999, *REPEATS, "--json").stdout)
    assert (answer["core"], answer["core_alone"]) == (["a1"], True)
    line = run("solve", two_users, "--ttft", 9499, *REPEATS).stdout.splitlines()[1]
    assert line == (
        "These 2 queries, arriving between 0 and 2,500 us, need more than 9,499 us, "
        "whatever the others do: a1, b1."
    )


def test_a_core_of_one(run, changed):
    """One query can be too much by itself."""
    path = changed(TWO_USERS, lambda content: content.update(queries=content["queries"][:1]))
    result = run("solve", path, "--ttft", 5)
    assert "This one query, arriving at 0 us, need" in result.stdout


def test_a_long_core_is_cut(run, changed):
    """Twelve ids are enough for people."""

    def crowd(content):
        content["queries"] = [
            {"id": f"q{k}", "arrival": 7, "prompt": [[f"p{k}", 10]]} for k in range(15)
        ]

    result = run("solve", changed(TWO_USERS, crowd), "--ttft", 130, *REPEATS)
    assert "These 14 queries, arriving at 7 us, need more than 130 us, whatever" in result.stdout
    assert "q11 and 2 more." in result.stdout


def test_own_allowances(run, two_users, changed):
    """``--ttft own`` asks for the allowances in the file."""
    result = run("solve", two_users, *BRUTE, "--ttft", "own")
    assert result.exit_code == 0
    assert (
        "feasible; every query can have its first token within its own allowance" in result.stdout
    )
    path = changed(TWO_USERS, lambda content: content["queries"][1].update(ttft=5999))
    result = run("solve", path, *BRUTE, "--ttft", "own", "--json")
    assert (result.exit_code, json.loads(result.stdout)["status"]) == (0, "infeasible")


@pytest.mark.usefixtures("lazy")
def test_a_limit_that_comes_first(run, two_users):
    """The best bracket is printed, and the exit code is 3."""
    result = run("solve", two_users, *BRUTE)
    assert result.exit_code == 3
    assert "two-users: not settled; the search ended with the optimum between" in result.stdout
    assert "lower bound   9,500 us" in result.stdout
    assert "gap            21.1 %" in result.stdout
    result = run("solve", two_users, *BRUTE, "--json")
    assert (result.exit_code, json.loads(result.stdout)["status"]) == (3, "feasible")


@pytest.mark.usefixtures("lazy")
def test_a_decision_that_is_left_open(run, two_users):
    """A decision without an answer says so, and its bracket has no schedule."""
    result = run("solve", two_users, *BRUTE, "--ttft", 11000)
    assert result.exit_code == 3
    assert "unknown; the search ended before it was settled" in result.stdout
    assert "upper bound  11,500 us" in result.stdout


def test_an_interrupt_prints_the_bracket(run, two_users, monkeypatch):
    """Ctrl-C during the search is no reason to lose what was found."""

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Brute, "solve", interrupt)
    result = run("solve", two_users, *BRUTE, "--json")
    assert (result.exit_code, result.stderr) == (3, "")
    assert json.loads(result.stdout)["upper_bound"] == 11500


def test_an_interrupt_before_anything_is_known(run, two_users, monkeypatch):
    """Ctrl-C elsewhere ends the program, too, and it says that nothing is known."""

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("prefixsched.io.instance_file.read_utf8", interrupt)
    result = run("solve", two_users)
    assert (result.exit_code, result.stderr) == (3, "")
    assert result.stdout == "prefixsched: unknown; interrupted before anything was found.\n"


def test_a_schedule_is_written(run, two_users, tmp_path):
    """``-o`` writes what ``verify`` accepts, gzipped or not."""
    for name in ("best.json", "best.json.gz"):
        path = tmp_path / name
        result = run("solve", two_users, *BRUTE, "-o", path)
        assert (result.exit_code, result.stderr) == (0, "")
        assert run("verify", two_users, path).exit_code == 0
    content = json.loads((tmp_path / "best.json").read_text())
    assert content == BEST | {"meta": {}}


def test_a_schedule_on_standard_output(run, two_users):
    """``-o -`` leaves standard output to the schedule; people read the other stream."""
    result = run("solve", two_users, *BRUTE, "-o", "-")
    assert json.loads(result.stdout)["order"] == ["a1", "a2", "b1"]
    assert result.stderr.startswith("two-users: optimal")


def test_without_a_schedule_none_is_written(run, two_users, tmp_path):
    """An infeasible bound leaves the output alone, and says so."""
    path = tmp_path / "out.json"
    path.write_text("precious")
    result = run("solve", two_users, *BRUTE, "--ttft", 1, "-o", path)
    assert result.exit_code == 0
    assert "no schedule was found" in result.stderr
    assert path.read_text() == "precious"


@pytest.mark.usefixtures("lazy")
def test_a_start_is_used(run, changed, best):
    """``--start`` gives the first upper bound."""

    def slow(content):  # no policy finds the best order of these
        content["queries"][0]["arrival"] = 100

    path = changed(TWO_USERS, slow)
    result = run("solve", path, *BRUTE, "--start", best, "--max-nodes", 1, "--json")
    assert json.loads(result.stdout)["upper_bound"] <= 11600


def test_a_relaxed_decision(run, two_users):
    """Settling for a share is an answer of its own."""
    result = run("solve", two_users, "--ttft", 11_000, "--relax", "0.4")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == (
        "two-users: relaxed; 2 of the 3 queries have their first token within 11,000 us, "
        "where 2 had to."
    )
    assert run("solve", two_users, "--relax", "0.4").exit_code == 2
    assert run("solve", two_users, "--ttft", 9, "--relax", "x").exit_code == 2


def test_a_relaxed_decision_says_what_it_refutes(run, two_users):
    """Infeasible is said of the question that was asked, in words and to programs."""
    asked = ("solve", two_users, "--ttft", 5_999, "--relax", "0.4")
    assert run(*asked).stdout.splitlines()[0] == (
        "two-users: infeasible; no order has 2 of the 3 queries with a first token within "
        "5,999 us: at most 1 can."
    )
    answer = json.loads(run(*asked, "--json").stdout)
    assert (answer["question"], answer["enough"], answer["ttft_asked"]) == ("relax", 2, 5999)
    assert (answer["order"], answer["value_lower"], answer["value_upper"]) == (None, 1, 1)
    weaker = run(*asked, "--promise")
    assert "infeasible; not every query can have its first token within" in weaker.stdout
    assert "Whether 2 of the 3 queries can was not asked" in weaker.stdout
    assert json.loads(run(*asked, "--promise", "--json").stdout)["question"] == "promise"
    assert run("solve", two_users, "--ttft", 9, "--promise").exit_code == 2


def test_a_relaxed_decision_that_is_left_open(run, two_users):
    """The bracket on how many can be on time, and exit code 3."""
    asked = ("--ttft", 5_000, "--relax", "0.4", "--max-nodes", 0)
    result = run("solve", two_users, *asked)
    assert result.exit_code == 3
    assert "unknown; the search ended before it was settled whether 2 of the 3" in result.stdout
    assert " 1 query\n" in result.stdout
    assert " 3 queries\n" in result.stdout


@pytest.mark.parametrize(
    ("objective", "value", "says"),
    [
        (("percentile:50",), 6000, "optimal; no order has a smaller TTFT that all but 1 of the 3"),
        (("goodput", "--ttft", "own"), 3, "with a first token within its own allowance"),
        (("goodput", "--ttft", "9500"), 2, "no order has more of the 3 queries"),
        (("mean",), 20500 / 3, "no order has a smaller mean TTFT"),
    ],
)
def test_other_objectives(run, two_users, objective, value, says):
    """The value in the objective's own measure, for programs and for people."""
    answer = json.loads(run("solve", two_users, "--objective", *objective, "--json").stdout)
    assert (answer["status"], answer["objective"]) == ("optimal", objective[0])
    assert answer["value"] == answer["value_lower"] == answer["value_upper"]
    people = run("solve", two_users, "--objective", *objective)
    assert people.exit_code == 0
    assert says in people.stdout
    assert answer["value"] == pytest.approx(value)


def test_a_ceiling(run, two_users, tmp_path):
    """One more field, one more row; and the last bound that somebody can keep to is the optimum."""
    asked = ("solve", two_users, "--objective", "percentile:50", "--ceiling")
    answer = json.loads(run(*asked, 11500, "--json").stdout)
    assert list(answer) == [*FIELDS, "ceiling"]
    assert (answer["status"], answer["ceiling"], answer["question"]) == (
        "optimal", 11500, "optimise",
    )  # fmt: skip
    assert answer["value"] == answer["value_lower"] == answer["value_upper"] >= 6000
    path = tmp_path / "schedule.json"
    people = run(*asked, 11500, "-o", path)
    assert people.exit_code == 0
    assert "no order with every query's first token within 11,500 us has" in people.stdout
    assert "\n  TTFT         11,500 us\n" in people.stdout
    assert json.loads(path.read_text())["meta"]["ceiling"] == 11500
    assert run("verify", two_users, path).exit_code == 0
    assert run(*asked, 11500, "--start", path).stdout.split("nodes")[0] in people.stdout


def test_a_ceiling_that_nobody_can_keep_to(run, two_users):
    """A proof that names queries, and no bounds on nothing."""
    asked = ("solve", two_users, "--objective", "percentile:50", "--ceiling", 11499)
    answer = json.loads(run(*asked, "--json").stdout)
    assert (answer["status"], answer["order"], answer["value_lower"]) == ("infeasible", None, None)
    assert len(answer["core"]) == 3
    result = run(*asked)
    assert result.exit_code == 0
    assert "infeasible; no order has every query's first token within 11,499 us." in result.stdout
    assert "need more than 11,499 us" in result.stdout
    assert "bound" not in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("mean", "--ceiling", "3"), "ceiling: it goes with a percentile below 100, and"),
        (("percentile:50", "--ceiling", "-1"), "--ceiling: -1 is out of range"),
        (("goodput",), "goodput: no bound to meet; give a ttft, or own"),
        (("mean", "--ttft", "3"), "mean: it decides no ttft"),
        (("percentile:50", "--backend", "milp"), "backend milp has the largest TTFT alone"),
        (("percentile:0",), "percentile '0'; give more than 0"),
        (("median",), "there is no 'median'; give max, percentile:Q"),
    ],
)
def test_objectives_that_dont_fit(run, two_users, options, message):
    """One line, and exit code 2."""
    result = run("solve", two_users, "--objective", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_schedule_file_of_another_objective_claims_no_optimum(run, two_users, tmp_path):
    """The file's claim is about the largest TTFT; the objective stands in its meta."""
    path = tmp_path / "p50.json"
    run("solve", two_users, "--objective", "percentile:50", "-o", path)
    content = json.loads(path.read_text())
    assert content["meta"]["objective"] == "percentile:50"
    assert (content["status"], content.get("lower_bound")) == ("feasible", None)
    assert run("verify", two_users, path).exit_code == 0


@pytest.mark.parametrize(
    ("options", "question", "enough"),
    [
        ((), "optimise", None),
        (("--ttft", 5_000), "decide", 3),
        (("--ttft", 5_000, "--relax", "0.4"), "relax", 2),
        (("--ttft", 9_600, "--relax", "0.4", "--promise"), "promise", 2),
        (("--objective", "goodput", "--ttft", "own"), "optimise", None),
    ],
)
def test_what_is_cut_short_says_what_was_asked(run, two_users, options, question, enough):
    """The object of a search that is ended from outside has the question, too."""
    answer = json.loads(run("solve", two_users, *options, "--json").stdout)
    made = cut.word.fields(Progress(1, 2, 0, 0.1))
    for fields in (answer, made):
        assert (fields["question"], fields["enough"]) == (question, enough)
    assert (made["ttft_asked"], made["objective"]) == (answer["ttft_asked"], answer["objective"])
    assert made["status"] in ("unknown", "feasible")
