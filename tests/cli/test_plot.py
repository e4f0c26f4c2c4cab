"""Tests of ``prefixsched plot``."""

import json

import pytest
from bench_suites import TINY
from examples import TWO_USERS

BEGINS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


@pytest.mark.parametrize("suffix", BEGINS)
def test_gantt(suffix, run, two_users, best, tmp_path):
    """The suffix says what is written."""
    path = tmp_path / f"gantt{suffix}"
    result = run("plot", "gantt", two_users, best, "--ttft", 11000, "-o", path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert path.read_bytes().startswith(BEGINS[suffix])


@pytest.mark.parametrize("suffix", BEGINS)
def test_cdf(suffix, run, two_users, tmp_path):
    """The suffix says what is written, in capitals too."""
    path = tmp_path / f"cdf{suffix.upper()}"
    result = run("plot", "cdf", two_users, "-p", "fcfs", "--optimum", 11500, "-o", path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert path.read_bytes().startswith(BEGINS[suffix])


def test_what_part_of_a_schedule(run, two_users, best, tmp_path):
    """A window is drawn; one in which nothing happens is named by its options."""
    asked = ("plot", "gantt", two_users, best, "-o", tmp_path / "part.png")
    assert run(*asked, "--from", 4000, "--to", 9000).exit_code == 0
    result = run(*asked, "--from", 900_000)
    assert result.exit_code == 2
    assert "--from and --to: nothing is prefilled from 900000 to" in result.stderr


def test_tail_and_slo(run, two_users, tmp_path):
    """Both can be asked of the distribution."""
    asked = ("plot", "cdf", two_users, "-p", "fcfs", "--ttft", 6000, "-o", tmp_path / "x.png")
    for more in ((), ("--tail",)):
        result = run(*asked, *more)
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_the_group_lists_its_kinds(run):
    """Its help shows what there is."""
    text = run("plot", "--help").stdout
    assert "gantt" in text
    assert "cdf" in text


def test_figures_of_a_benchmark(run, tmp_path):
    """Every kind is drawn from a folder of results."""
    (tmp_path / "tiny.toml").write_text(TINY)
    out = tmp_path / "out"
    assert run("bench", tmp_path / "tiny.toml", "-o", out).exit_code == 0
    for kind in ("ratios", "phase", "percentiles", "reuse"):
        path = tmp_path / f"{kind}.png"
        result = run("plot", kind, out, "--family", "rasq", "-o", path)
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
        assert path.read_bytes().startswith(BEGINS[".png"])
    result = run("plot", "phase", tmp_path, "-o", tmp_path / "x.png")
    assert (result.exit_code, "holds no results" in result.stderr) == (2, True)


def test_several_families_need_one_named(run, tmp_path):
    """What is drawn over a parameter is of one family, and the error lists them."""
    (tmp_path / "two.toml").write_text(
        f'{TINY}[[family]]\nname = "other"\ngenerator = "agents"\n'
        "systems = 1\nexample-sets = 1\ncontexts = 1\nper-context = 3\nload = [0.8, 1.2]\n"
    )
    out = tmp_path / "out"
    assert run("bench", tmp_path / "two.toml", "-o", out).exit_code == 0
    for kind in ("phase", "percentiles"):
        result = run("plot", kind, out, "-o", tmp_path / "x.png")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--family: there are rasq, other; give one of them" in result.stderr
        assert run("plot", kind, out, "--family", "other", "-o", tmp_path / "x.png").exit_code == 0


def test_anytime(run, two_users, tmp_path):
    """The solver runs, and its bracket is drawn."""
    path = tmp_path / "anytime.svg"
    result = run("plot", "anytime", two_users, "-o", path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert path.read_bytes().startswith(BEGINS[".svg"])


def test_cache(run, two_users, tmp_path):
    """Ratios as a table, and the figure; capacities are checked."""
    path = tmp_path / "cache.png"
    asked = ("plot", "cache", two_users, "-p", "fcfs", "--capacities")
    result = run(*asked, "0,20000", "-o", path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "lru:20000" in result.stdout
    assert path.read_bytes().startswith(BEGINS[".png"])
    result = run(*asked, "-1", "-o", path)
    assert result.exit_code == 2
    assert "--capacities: -1 is too small; give 0 or more" in result.stderr


def test_tradeoff(run, two_users, tmp_path):
    """Brackets as a table, and the figure; programs need none."""
    path = tmp_path / "tradeoff.png"
    asked = ("plot", "tradeoff", two_users, "--objective", "p50", "-p", "fcfs")
    result = run(*asked, "-o", path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert path.read_bytes().startswith(BEGINS[".png"])
    first = [line.split() for line in result.stdout.splitlines() if line.startswith("11,500")]
    assert [len(cells) for cells in first] == [4]
    assert [line for line in result.stdout.splitlines() if line.startswith("fcfs")]
    answer = json.loads(run(*asked, "--ceilings", "11499,12000", "--json").stdout)
    assert [point["status"] for point in answer["points"]] == ["infeasible", "optimal", "optimal"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--json", "-o", "-"), "-o - and --json both want standard output"),
        ((), "there is nowhere to draw; give -o FILE, or --json"),
        (("--json", "--ceilings", "1"), "--ceilings: 1 is too small; give 2 or more"),
        (("--json", "--ceilings", "x"), "'x' is not a list of integers"),
        (("--json", "--objective", "max"), "objective max: there is no trade-off"),
        (("--json", "--objective", "p99"), "of 3 queries that is the largest TTFT itself"),
    ],
)
def test_a_tradeoff_that_makes_no_sense(options, message, run, two_users):
    """One line, and exit code 2."""
    result = run("plot", "tradeoff", two_users, "--objective", "p50", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.parametrize("prompt", [{}, {"prompt": [["a", 5]]}], ids=("bare", "prompts"))
def test_a_cache_of_a_table(prompt, run, changed, tmp_path):
    """A table has no tokens to cache, whether or not its queries have prompts."""

    def table(content):
        content["cost"] = {"model": "table", "start": [1, 2], "matrix": [[0, 1], [2, 0]]}
        content["queries"] = [{"id": name, "arrival": 0, **prompt} for name in "ab"]

    path = changed(TWO_USERS, table)
    for capacities in ((), ("--capacities", "0,5")):
        result = run("plot", "cache", path, *capacities, "-o", tmp_path / "x.svg")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == (
            "prefixsched: cost: a table has no tokens to cache; give an instance with prompts\n"
        )


def test_a_cache_where_nothing_takes_time(run, changed, tmp_path):
    """There is no ratio to 0: one line, and nothing else is printed."""
    path = changed(TWO_USERS, lambda content: content["cost"].update(token=0))
    result = run("plot", "cache", path, "-p", "fcfs", "-o", tmp_path / "x.svg")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "a largest TTFT of 0 has no ratio" in result.stderr


def test_a_cache_of_the_smallest_prompts(run, changed, tmp_path):
    """One token, and a capacity of 0: the axis has room for both."""

    def tiny(content):
        for query in content["queries"]:
            query["prompt"] = [["a", 1]]

    for capacities in ((), ("--capacities", "0"), ("--capacities", "0,1")):
        out = tmp_path / "x.svg"
        result = run("plot", "cache", changed(TWO_USERS, tiny), *capacities, "-p", "lpm", "-o", out)
        assert (result.exit_code, result.stderr) == (0, "")
