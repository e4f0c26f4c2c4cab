"""Tests of ``prefixsched calibrate``, ``presets``, and ``--cost`` of other commands."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

import prefixsched as ps

SAMPLE = Path(__file__).parents[2] / "instances" / "logs" / "prefill-sample.csv"
TRACE = SAMPLE.parents[1] / "traces" / "mooncake-sample.jsonl"


def test_the_sample_log(run, tmp_path):
    """A table for people, a cost file, and a picture; the known cost is within its errors."""
    cost, figure = tmp_path / "cost.json", tmp_path / "residuals.svg"
    result = run("calibrate", SAMPLE, "-o", cost, "--plot", figure)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "400 requests of 65 to 31,806 prompt tokens" in result.stdout
    assert "per squared token" in result.stdout
    assert figure.stat().st_size > 1000
    told = json.loads(run("calibrate", SAMPLE, "--json").stdout)
    for name, true in (("token", 60), ("attention", 0.001), ("per_request", 3000)):
        assert abs(told[name]["value"] - true) < 3 * told[name]["standard_error"]
    assert told["cost"] == json.loads(cost.read_text())["cost"]


def test_a_cost_on_standard_output_stands_alone(run):
    """``-o -`` prints the file and nothing else, and doesn't go with ``--json``."""
    assert json.loads(run("calibrate", SAMPLE, "-o", "-").stdout)["time_unit"] == "us"
    assert run("calibrate", SAMPLE, "-o", "-", "--json").exit_code == 2


@pytest.mark.parametrize(
    "command",
    [("import", "mooncake", TRACE, "--count", "5"), ("generate", "rasq", "--users", "2")],
    ids=("import", "generate"),
)
def test_a_calibrated_cost_in_an_instance(command, run, tmp_path):
    """The coefficients of the file are those of the instance, exactly."""
    cost, path = tmp_path / "cost.json", tmp_path / "made.json"
    run("calibrate", SAMPLE, "-o", cost)
    block = json.loads(cost.read_text(), parse_float=Fraction)["cost"]
    result = run(*command, "--cost", cost, "-o", path)
    assert (result.exit_code, result.stderr) == (0, "")
    made = ps.read(path).cost
    assert (made.token, made.attention) == (block["token"], block["attention"])


def test_a_preset_in_an_instance(run, tmp_path):
    """A preset is named in place of a file, and the listing has its figures."""
    path = tmp_path / "made.json"
    run("generate", "rasq", "--users", "2", "--cost", "preset:qwen3-8b-a100", "-o", path)
    made = ps.read(path).cost
    listed = json.loads(run("presets", "--json").stdout)["presets"]
    costs = {each["name"]: each["cost"] for each in listed}
    assert costs["qwen3-8b-a100"]["token"] == float(made.token)
    assert costs["qwen3-8b-a100"]["attention"] == float(made.attention)
    assert all(each["sources"] for each in listed)
    assert "qwen3-8b-a100" in run("presets").stdout


def refused(result, *parts):
    """Assert exit code 2 with one line that holds all ``parts``."""
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    for part in parts:
        assert part in result.stderr
    return True


def test_two_costs_are_refused(run, two_users):
    """A cost and a coefficient beside it, or a cost where there is none, are one too many."""
    preset = ("--cost", "preset:qwen3-8b-a100")
    assert refused(run("generate", "rasq", *preset, "--token-time", "3"), "--token-time: --cost")
    tokens = ("--attention-time", "0")
    assert refused(run("import", "mooncake", TRACE, *preset, *tokens), "--attention-time: --cost")
    assert refused(run("generate", "rasq", "--cost", "preset:x"), "there is no 'x'")
    assert refused(run("generate", "rasq", "--cost", "none.json"), "none.json: no such file")
    assert refused(run("generate", "rasq", "--cost", two_users), "is an instance file; give a cost")


def test_a_cost_makes_no_sense_for_a_tsptw(run, tmp_path):
    """Formats that are no traces take no cost, as they take none of the other options."""
    path = tmp_path / "tour.txt"
    path.write_text("2\n0 1\n1 0\n0 10\n0 10\n")
    result = run("import", "tsptw", path, "--cost", "preset:qwen3-8b-a100")
    assert refused(result, "--cost: only for traces")


def test_logs_that_cannot_tell_write_nothing(run, tmp_path):
    """What was there stays as it was, and the error says what is missing."""
    log, cost = tmp_path / "log.csv", tmp_path / "cost.json"
    log.write_text("prompt_tokens,cached_tokens,seconds\n" + "4000,0,0.25\n" * 20)
    cost.write_text("precious")
    assert refused(run("calibrate", log, "-o", cost), "1 different pairs", "add requests")
    assert cost.read_text() == "precious"
    assert refused(run("calibrate", tmp_path / "none.csv"), "none.csv: no such file")
    assert refused(run("calibrate", log, "--plot", tmp_path / "x.bmp"), ".bmp is no figure format")
    missing = tmp_path / "missing" / "cost.json"
    assert refused(run("calibrate", log, "-o", missing), "there is no folder")


def test_a_gzipped_log_on_standard_input(run):
    """``-`` is standard input, and gzip is undone."""
    import gzip

    told = run("calibrate", "-", "--json", input=gzip.compress(SAMPLE.read_bytes()))
    assert json.loads(told.stdout)["log"] == "stdin"


def test_warnings_leave_json_alone(run, tmp_path):
    """What doesn't fit is told in the object, and on standard error in one line each."""
    log = tmp_path / "log.csv"
    rows = [f"{n},{0.05 + 3e-5 * n + 1e-9 * n * n}" for n in range(64, 20_000, 100)]
    log.write_text("prompt_tokens,seconds\n" + "\n".join(rows))
    result = run("calibrate", log, "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert any("constant" in text for text in told["warnings"])
    assert result.stderr.count("\n") == 1 + len(told["warnings"])  # and that of cached tokens
