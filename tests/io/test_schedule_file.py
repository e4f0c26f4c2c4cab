"""Tests of the schedule format."""

import json

import pytest
from strategies import stream

from prefixsched.io.schedule_file import ScheduleFile, read_schedule, write_schedule
from prefixsched.model.errors import InputError

INSTANCE = stream((0, "a"), (0, "b"))
GOOD = {"format": "prefixsched-schedule/1", "instance": "stream", "order": ["q1", "q0"], "ttft": 2}


def test_schedules_come_back(tmp_path):
    """Writing and reading changes nothing; ids become positions."""
    file = ScheduleFile("prefixsched-schedule/1", "stream", ["q1", "q0"], 2, "optimal", 2, "brute")
    write_schedule(file, tmp_path / "s.json.gz")
    again = read_schedule(tmp_path / "s.json.gz")
    assert again == file
    assert again.positions(INSTANCE) == [1, 0]


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (["q0"], "s.json: order: 'q1' is missing; list all 2 queries"),
        (["q0", "q0"], "s.json: order[1]: 'q0' appears twice; list each id once"),
        (["q0", "x"], "s.json: order[1]: 'x' is no query of 'stream'"),
    ],
)
def test_orders_must_fit_the_instance(order, message):
    """A missing, doubled or unknown id is named."""
    file = ScheduleFile("prefixsched-schedule/1", "stream", order, 2)
    with pytest.raises(InputError) as caught:
        file.positions(INSTANCE, "s.json")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"format": "prefixsched-instance/1"}, "is an instance file; give a schedule file"),
        ({"format": "prefixsched-schedule/2"}, "format: invalid enum value"),
        ({"status": "best"}, "status: invalid enum value 'best'"),
        ({"ttft": -1}, "ttft: expected int >= 0"),
        ({"color": "red"}, "unknown field color"),
        ({"order": []}, "order: expected array of length >= 1"),
    ],
)
def test_bad_schedules_are_refused(tmp_path, fields, message):
    """The line names the file and the field."""
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(GOOD | fields))
    with pytest.raises(InputError) as caught:
        read_schedule(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
