"""Small suites and policies that the tests of benchmarks share."""

import os
import time
from pathlib import Path

TINY = """
name = "tiny"
policies = ["fcfs", "lpm"]
seeds = 2
[[family]]
generator = "rasq"
users = 2
per-user = 2
load = [0.8, 1.2]
"""

# Searched by two, one of which often ends with an open bracket.
BACKENDS = TINY.replace("seeds = 2", 'seeds = 2\nbackends = ["cpsat:plain=1", "dp"]')

# A policy that waits in its third run until a file is there, or kills its process there.
GATE = """
import os, signal, time
from pathlib import Path

class Gate:
    name = "gate"

    def pick(self, view):
        if view.picks == 0:
            with Path("runs").open("a") as runs:
                runs.write("x")
            while Path("runs").stat().st_size >= 3 and not Path("open").exists():
                time.sleep(0.01)
        return view.waiting[0]

class Crash:
    name = "crash"

    def pick(self, view):
        if view.picks == 0 and len(view.waiting) and not Path("crashed").exists():
            Path("crashed").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return view.waiting[-1]

class Full:
    name = "full"

    def pick(self, view):
        if Path("stop").exists():
            raise ValueError("told to stop")
        return view.waiting[0]
"""


def plain(rows):
    """Rows in an order of their own, without the times that differ from run to run."""
    import msgspec

    made = []
    for row in rows:
        fields = msgspec.to_builtins(row)
        del fields["solve_seconds"]
        made.append(fields)
    return sorted(
        made,
        key=lambda f: (f["family"], str(f["parameters"]), f["seed"], f["policy"], str(f["asked"])),
    )


def slowly(folder, k):
    """The number again; the fourth call says what process it is in, and waits to lose it."""
    begun = Path(folder, f"begun{k}")
    begun.write_text(str(os.getpid()))
    while k == 3 and not Path(folder, "killed").exists():
        time.sleep(0.02)
    return k


def briefly(k):
    """The number again, after a moment."""
    time.sleep(0.02)
    return k
