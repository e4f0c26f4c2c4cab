"""Wrong usage: exit code 2, and one line that names what was meant."""

import pytest
from examples import TWO_USERS

CASES = {
    "unknown command": (("slove",), "there is no command 'slove'; did you mean solve?"),
    "hopeless command": (("qqq",), "there are solve, simulate, compare"),
    "unknown generator": (("generate", "rsq"), "no command 'rsq'; did you mean rasq?"),
    "unknown option": (("solve", "x", "--tft", "3"), "no option --tft; did you mean --ttft?"),
    "hopeless option": (("solve", "x", "-9"), "no option -9; see prefixsched solve --help"),
    "unknown outer option": (("--versio",), "no option --versio; did you mean --version?"),
    "missing file": (("solve",), "FILE is missing; see prefixsched solve --help"),
    "missing policy": (("simulate", "x"), "--policy is missing; see prefixsched simulate"),
    "missing output": (("plot", "cdf", "x"), "--output is missing"),
    "extra argument": (("info", "x", "y"), "got unexpected extra argument (y)"),
    "missing value": (("solve", "x", "--ttft"), "option '--ttft' requires an argument"),
    "fractional bound": (("solve", "x", "--ttft", "1.5"), "--ttft: '1.5' is not a whole number"),
    "word for a bound": (("solve", "x", "--ttft", "all"), "--ttft: 'all' is not a whole number"),
    "negative bound": (("plot", "cdf", "x", "-o", "x.png", "--optimum", "-1"), "--optimum: -1"),
    "negative time": (("solve", "x", "--time-limit", "-1"), "--time-limit: '-1' is no time"),
    "endless time": (("solve", "x", "--time-limit", "inf"), "--time-limit: 'inf' is no time"),
    "no number": (("solve", "x", "--time-limit", "1 min"), "--time-limit: '1 min' is no time"),
    "no threads": (
        ("solve", "x", "--threads", "0"),
        "--threads: 0 is out of range; give a whole number from 1",
    ),
    "word for threads": (
        ("solve", "x", "--threads", "two"),
        "--threads: 'two' is not a whole number; give",
    ),
    "share in percent": (
        ("solve", "x", "--relax", "5%"),
        "--relax: '5%' is not a number; give one like 0.05",
    ),
    "bound with a unit": (("solve", "x", "--ttft", "30ms"), "give one, as 30000 for 30 ms where"),
    "policies in one": (
        ("compare", "x", "-p", "fcfs,k-lpm:4"),
        "is not one; give -p once for each",
    ),
    "class with a dot": (("compare", "x", "-p", "mine.Newest"), "write a class as mine:Newest"),
    "no such folder": (("solve", "x", "-o", "nodir/x.json"), "there is no folder nodir; make it"),
    "unknown policy": (("simulate", "x", "-p", "fcsf"), "no 'fcsf'; did you mean fcfs?"),
    "wrong parameter": (("simulate", "x", "-p", "k-lpm:0"), "k-lpm: k is 0"),
    "unknown backend": (("solve", "x", "--backend", "brut"), "no 'brut'; did you mean brute?"),
    "unknown format": (("import", "moncake", "x"), "no 'moncake'; did you mean mooncake?"),
    "no scale": (("import", "mooncake", "x", "--time-scale", "1/0"), "--time-scale: '1/0'"),
    "huge scale": (("import", "mooncake", "x", "--time-scale", "1e999"), "--time-scale: '1e999'"),
    "no time": (("import", "mooncake", "x", "--token-time", "nan"), "--token-time: 'nan'"),
    "no requests": (("import", "mooncake", "x", "--count", "0"), "--count: 0"),
    "unknown cache": (("generate", "rasq", "--cache", "mru"), "--cache: 'mru' is unknown"),
    "no capacity": (("generate", "rasq", "--cache", "lru:"), "--cache: 'lru:' is unknown"),
    "huge cache": (("generate", "rasq", "--cache", "lru:" + "9" * 30), "past 2^53; give less"),
    "no decimal": (("generate", "rasq", "--load", "x"), "--load: 'x' is not a number"),
    "out of range": (("generate", "rasq", "--per-user", "0"), "--per-user: 0 is too small"),
    "two of a kind": (("generate", "rasq", "--load", "1", "--gap", "2"), "--load and --gap: given"),
    "no figure": (("plot", "cdf", "x", "-o", "x.gif"), "x.gif: .gif is no figure format"),
    "no suffix": (("plot", "gantt", "x", "y", "-o", "-"), "-: the name has no suffix"),
    "both from input": (("verify", "-", "-"), "standard input holds one file"),
    "both drawn from input": (("plot", "gantt", "-", "-", "-o", "x.png"), "holds one file"),
    "start from input": (("solve", "-", "--start", "-"), "standard input holds one file"),
    "input twice": (("compare", "-", "-"), "- is given twice"),
    "unknown objective": (("tune", "x", "--objective", "best"), "objective: there is no 'best'"),
    "no percentile": (("tune", "x", "--objective", "p0"), "objective: percentile '0'; give"),
    "no share": (("tune", "x", "--split", "half"), "--split: 'half' is not a number"),
    "unknown candidate": (("tune", "x", "-p", "fcsf"), "no 'fcsf'; did you mean fcfs?"),
    "output twice": (("solve", "x", "-o", "-", "--json"), "both want standard output"),
    "order twice": (("simulate", "x", "-p", "lpm", "-o", "-", "--json"), "both want standard"),
    "two schedules": (
        ("simulate", "x", "-p", "lpm", "-p", "fcfs", "-o", "y"),
        "-o with 2 policies",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_wrong_usage(name, run):
    """One line names the option or argument, and the nearest that there is."""
    args, message = CASES[name]
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("prefixsched: ")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr


def test_a_negative_bound(run, two_users):
    """The facade's own complaint comes through as it is."""
    result = run("solve", two_users, "--ttft", "-4")
    assert result.exit_code == 2
    assert result.stderr == "prefixsched: ttft: -4; give a number of ticks from 0 to 2^53\n"


def test_own_allowances_that_nobody_states(run, changed):
    """Deciding with allowances needs some."""
    path = changed(TWO_USERS, lambda content: content["queries"][1].pop("ttft"))
    result = run("solve", path, "--ttft", "own")
    assert result.exit_code == 2
    assert "no query states its own ttft" in result.stderr


def test_a_message_is_one_line_whatever_it_holds(run, tmp_path):
    """A line break in a file's name does not break the message."""
    result = run("info", tmp_path / "two\nlines.json")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
