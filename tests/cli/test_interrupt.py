"""Ctrl-C and SIGTERM at random moments: a bracket, exit code 3, soon, and nothing half-written.

A few runs by default; ``PREFIXSCHED_INTERRUPTS=200`` asks for more, and prints what was slow.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

RUNS = int(os.environ.get("PREFIXSCHED_INTERRUPTS", "10"))
EARLIEST, LATEST = 0.2, 8.0
"""Seconds after which a run is interrupted; before, the interpreter itself is loading."""
SECONDS = float(os.environ.get("PREFIXSCHED_WITHIN", "10"))
"""Time to end in: two seconds on a quiet machine, which a test suite in two processes is not."""
LIBRARY = Path(__file__).parents[2] / "instances"
PROGRAM = (sys.executable, "-m", "prefixsched")
BUSY = {
    "agents": LIBRARY / "open" / "agents-n120.json",
    "rasq": LIBRARY / "open" / "rasq-n200.json",
    "causal": LIBRARY / "open" / "rasq-n100-causal.json",
    "many": LIBRARY / "open" / "rasq-n400.json",
    "partition": LIBRARY / "open" / "partition-m16-near.json",
    "conversation": LIBRARY / "open" / "conversation-40x4.json",
    "unbounded": LIBRARY / "medium" / "rasq-n60-unbounded.json",
}
COMMANDS = (
    "solve {agents}",
    "solve {partition} --json",
    "solve {many} --threads 1 --json",
    "solve {rasq} -o {out}/schedule.json",
    "solve {causal} --objective percentile:99",
    "solve {rasq} --objective percentile:95 --json",
    "solve {rasq} --objective goodput --ttft 60000",
    "solve {causal} --objective mean --json",
    "solve {rasq} --ttft 60000 --relax 0.05",
    "solve {many} --backend cpsat",
    "solve {agents} --backend cpsat:plain=1 --json",
    "solve {agents} --backend milp",
    "solve {unbounded} --backend milp:solver=cbc --json",
    "solve {agents} --backend didp",
    "solve {causal} --backend dp --max-nodes 100000000",
    "solve {lru} --json",
    "solve {small_lru}",
    "solve {small_lru} --objective percentile:90",
    "solve {rasq} --objective percentile:90 --ceiling 100000 --json",
    "compare {rasq} {causal}",
    "compare {conversation} --json",
    "tune {many}",
    "score {log} --token-time 40",
    "plot cache {rasq} -o {out}/cache.png --time-limit 60",
    "plot tradeoff {rasq} --objective percentile:90 -o {out}/tradeoff.png --time-limit 60",
    "plot anytime {causal} -o {out}/anytime.png",
)
BRACKETED = ("solve", "compare", "tune", "score")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The files that commands name."""
    folder = tmp_path_factory.mktemp("busy")
    names = {name: str(path) for name, path in BUSY.items()}
    for name, users, capacity in (("lru", 60, 30_000), ("small_lru", 7, 9_000)):
        instance = json.loads((LIBRARY / "open" / "rasq-n400.json").read_text())
        instance["cache"] = {"policy": "lru", "capacity": capacity}
        del instance["queries"][4 * users :]
        names[name] = str(folder / f"{name}.json")
        Path(names[name]).write_text(json.dumps(instance))
    names["log"] = str(LIBRARY / "logs" / "serving-sample.jsonl")
    return names


def heard():
    """Let a process hear Ctrl-C, whatever those that began it do."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(command, files, folder, seconds, number, twice):
    """What a command printed that got a signal after so many seconds; its code, and how soon."""
    words = [word.format(out=folder, **files) for word in command.split()]
    process = subprocess.Popen(
        [*PROGRAM, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        preexec_fn=heard,  # noqa: PLW1509
    )
    try:
        time.sleep(seconds)
        sent = time.monotonic()
        process.send_signal(number)
        if twice:
            time.sleep(0.05)
            process.send_signal(number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    return out.decode(), err.decode(), process.returncode, time.monotonic() - sent


@pytest.mark.slow
def test_every_command_ends_soon_with_what_it_knows(files, tmp_path):
    """Any moment, any command, once or twice: exit code 3, or 0 where it was done."""
    rng = np.random.default_rng(int(os.environ.get("PREFIXSCHED_SEED", "17")))
    slowest = []
    for k in range(RUNS):
        command = COMMANDS[k % len(COMMANDS)] if RUNS > 20 else str(rng.choice(COMMANDS))
        seconds = rng.uniform(EARLIEST, LATEST)
        number = signal.SIGTERM if rng.random() < 0.3 else signal.SIGINT
        twice = rng.random() < 0.25
        folder = tmp_path / str(k)
        folder.mkdir()
        out, err, code, took = interrupted(command, files, folder, seconds, number, twice)
        often = ", twice" if twice else ""
        what = f"{command}, {number.name} after {seconds:.2f} s{often}: {code}, {took:.2f} s"
        slowest.append((took, what))
        assert code in (0, 3), f"{what}\n{out}\n{err}"
        assert "Traceback" not in err, f"{what}\n{err}"
        assert took < SECONDS, f"{what}\n{out}\n{err}"
        assert out.strip() or not command.startswith(BRACKETED), f"{what}\n{err}"
        if "--json" in command:
            assert isinstance(json.loads(out), dict), f"{what}\n{out}"
        check_files(folder, code)
    if RUNS > 20:
        sys.stdout.write("\n".join(what for _, what in sorted(slowest)[-20:]))  # with pytest -s


def check_files(folder, code):
    """Nothing is half-written, and nothing temporary is left."""
    for path in folder.iterdir():
        assert path.name in ("schedule.json", "cache.png", "tradeoff.png", "anytime.png"), path
        content = path.read_bytes()
        if path.suffix == ".json":
            json.loads(content)
        else:
            assert content.endswith(b"IEND\xaeB`\x82")


NOTEBOOK = """
import os, signal, threading, time
import prefixsched as ps

inst = ps.read({path!r})
def press():
    time.sleep({seconds})
    os.kill(os.getpid(), signal.SIGINT)
ps.solve(inst, time_limit=0.1)
threading.Thread(target=press, daemon=True).start()
before = signal.getsignal(signal.SIGINT)
found = ps.solve(inst, objective={objective!r})
assert found.interrupted and found.lower_bound is not None
assert signal.getsignal(signal.SIGINT) is before
assert not ps.solve(inst, time_limit=0.1).interrupted
try:
    threading.Thread(target=press, daemon=True).start()
    while True:
        ps.simulate(inst, "rollout")
except KeyboardInterrupt:
    print("alive")
"""


@pytest.mark.parametrize("objective", ["max", "percentile:99"])
def test_a_session_lives_on(files, objective):
    """In Python an interrupt ends the search and nothing else; outside it is Python's own."""
    script = NOTEBOOK.format(path=files["agents"], seconds=1.5, objective=objective)
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, timeout=120, preexec_fn=heard)
    assert (done.stdout, done.returncode) == (b"alive\n", 0), done.stderr.decode()
