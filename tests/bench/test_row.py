"""Tests of a row as a record."""

import json

from prefixsched.bench.row import Row


def row(parameters, largest, lower, upper):
    """A row of FCFS on an instance that was made so."""
    return Row(
        family="f", parameters=parameters, seed=3, instance="s3", n=1, tokens=1, time_unit="us",
        policy="fcfs", max=largest, p50=1, p90=1, p95=1, p99=1, mean=1.0, makespan=1,
        reused_tokens=0, status="optimal", lower_bound=lower, upper_bound=upper, backend="dp",
        solve_seconds=0.5,
    )  # fmt: skip


def test_a_record_is_flat_and_knows_the_ratios():
    """What the instance was made with has keys of its own, which never hide a field."""
    record = row({"load": "1.2", "max": "7", "order": "random"}, 15, 8, 10).record()
    assert (record["load"], record["parameter_max"], record["parameter_order"]) == (
        "1.2",
        "7",
        "random",
    )
    assert (record["max"], record["seed"], record["policy"]) == (15, 3, "fcfs")
    assert (record["ratio_low"], record["ratio_high"]) == (1.5, 1.875)
    assert json.loads(json.dumps(record)) == record
    assert not any(isinstance(value, (dict, list)) for value in record.values())


def test_a_record_without_a_ratio():
    """Over an optimum of 0 there is none."""
    assert row({}, 0, 0, 0).record()["ratio_high"] is None
