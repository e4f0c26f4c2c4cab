"""Standard streams that are closed or full, as the shell makes them: one line, and an exit code."""

import subprocess
import sys

import pytest

PROGRAM = f"{sys.executable} -m prefixsched"
CLOSED = "prefixsched: standard output is closed; send it to /dev/null if nobody is to read it\n"
NO_INPUT = "prefixsched: -: standard input is closed; give a file that can be read\n"
FULL = "prefixsched: can't write: no space left on device\n"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("info {x} >&-", (2, "", CLOSED)),
        ("info {x} >&- 2>&- <&-", (2, "", "")),
        ("info - <&-", (2, "", NO_INPUT)),
        ("info {x} >/dev/full", (2, "", FULL)),
        ("info --help >/dev/full", (2, "", FULL)),
        ("generate rasq >/dev/full", (2, "", FULL)),
    ],
)  # fmt: skip
def test_streams_that_take_nothing(command, expected, two_users):
    """Nobody is left without an answer and with an exit code of 0."""
    line = f"{PROGRAM} {command.format(x=two_users)}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == expected


def test_closed_streams_are_no_files(two_users, tmp_path):
    """What is said goes nowhere, and not into the file that is opened next."""
    line = f"{PROGRAM} solve {two_users} --ttft 20000 -o {tmp_path}/s.json 2>&- <&-"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("two-users: feasible")
    assert (tmp_path / "s.json").read_text().startswith('{"format":"prefixsched-schedule/1"')


def test_a_figure_on_a_full_disk(two_users, best, tmp_path):
    """A PDF is one write like any other: one line, and nothing is left behind."""
    import matplotlib.font_manager  # noqa: F401 - on a fresh machine it writes its list of fonts

    line = f"ulimit -f 1; {PROGRAM} plot gantt {two_users} {best} -o {tmp_path}/x.pdf"
    before = sorted(tmp_path.iterdir())
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"prefixsched: {tmp_path}/x.pdf: can't write: file too large; give a path that can be "
        "written\n"
    )
    assert sorted(tmp_path.iterdir()) == before
