"""Every reader, fed with mutants of good files: one line at most, and an exit code of 0 to 3.

A short run each time; ``PREFIXSCHED_MUTANTS=20000 pytest -n 0 -s tests/cli/test_fuzz.py`` for a
long one, and ``PREFIXSCHED_FUZZ_SEED`` for another. What fails stays in the folder that it names.
"""

import faulthandler
import json
import os
import random
import sys
import time
import traceback
import warnings
import zlib
from collections import Counter
from pathlib import Path

import pytest
from bench_suites import TINY
from click.testing import CliRunner
from examples import BEST, TWO_USERS
from fuzzing import mutant

from prefixsched.bench.run import prepare, run_suite
from prefixsched.bench.suite import parse_suite
from prefixsched.cli.root import cli
from prefixsched.io.escape import escaped
from prefixsched.runtime.interrupt import compile_seconds

MUTANTS = int(os.environ.get("PREFIXSCHED_MUTANTS", "400"))
"""Of all kinds together, in equal parts."""
SEED = int(os.environ.get("PREFIXSCHED_FUZZ_SEED", "0"))
MOST_CPU = 5.0
"""Seconds of the processor for a file of a few lines, whose search has 0.3 s; most take 0.01."""
DEAD = 120
"""Seconds of the clock after which the process ends with the stacks of all threads."""

TABLE = TWO_USERS | {
    "cost": {"model": "table", "start": [3, 4, 5], "matrix": [[0, 1, 2], [3, 0, 4], [5, 6, 0]],
             "setup": "anticipatory"},
    "queries": [{"id": name, "arrival": 3, "ttft": 20} for name in ("a1", "b1", "a2")],
}  # fmt: skip
LRU = TWO_USERS | {
    "cost": {"model": "causal", "token": 0.5, "attention": 0.001},
    "cache": {"policy": "lru", "capacity": 5000},
    "queries": [
        {"id": name, "arrival": 10 * k, "tokens": [1, 2, k, 4]}
        for k, name in enumerate(("a1", "b1", "a2"))
    ],
}
MOONCAKE = [
    {"timestamp": 0, "input_length": 600, "output_length": 5, "hash_ids": [0, 1]},
    {"timestamp": 8.5, "input_length": 1024, "hash_ids": [0, 2], "session_id": "s"},
    {"delay": 20, "input_length": 700, "hash_ids": ["0", 1], "session_id": "s", "request_id": 7},
]
BAILIAN = [
    {"chat_id": 1, "parent_chat_id": -1, "timestamp": 0.5, "input_length": 40, "hash_ids": [1, 2]},
    {"chat_id": 2, "parent_chat_id": 1, "timestamp": 1.25, "input_length": 17, "hash_ids": [1, 4]},
]  # fmt: skip
LOG = [
    {"request_id": f"r{k}", "arrival_ms": 10 * k, "input_length": 500 + k, "hash_ids": [0, k],
     "ttft_ms": 30 + k, "cached_tokens": 3 * k, "error": ""}
    for k in range(3)
]  # fmt: skip
LOG_CSV = "arrival_s,prompt_tokens,hash_ids,first_token_ms,first_admit_ms\n" + "".join(
    f"{k / 100},{500 + k},0 {k},{30 + 11 * k},{10 * k + 1}\n" for k in range(3)
)
VLLM = {
    "input_lens": [100 + 1300 * k for k in range(12)],
    "ttfts": [0.004 + 0.05 * k + 0.002 * k * k for k in range(12)],
    "start_times": list(range(12)),
    "errors": [""] * 12,
    "duration": 12.5,
}
PREFILLS = "prompt_tokens,cached_tokens,prefill_ms\n" + "".join(
    f"{x},{o},{0.05 * (x - o) + 1e-6 * (x * x - o * o)}\n"
    for x in (100, 900, 4000, 9000, 16000) for o in (0, x // 2)
)  # fmt: skip
COST = {
    "format": "prefixsched-cost/1",
    "time_unit": "us",
    "cost": {"model": "causal", "token": 60.5, "attention": 0.001},
    "meta": {"log": "x"},
}
TSPTW = "4 # places\n0 3 4.5 2\n3 0 5 6\n4 5 0 1\n2 6 1 0\n0 40\n3 20\n1 30\n0 25\n"


def lines(rows):
    """JSON Lines."""
    return "\n".join(map(json.dumps, rows))


LIMIT = ("--time-limit", "0.3")
INSTANCE = (
    ("info", "{x}"),
    ("solve", "{x}", *LIMIT, "-o", "{out}"),
    ("solve", "{x}", *LIMIT, "--ttft", "own"),
    ("solve", "{x}", *LIMIT, "--ttft", "9000", "--objective", "goodput", "--json"),
    ("solve", "{x}", *LIMIT, "--objective", "mean"),
    ("solve", "{x}", *LIMIT, "--objective", "percentile:60"),
    ("simulate", "{x}", "-p", "fcfs", "-p", "lpm", "-p", "k-lpm:2", "-p", "edf"),
    ("simulate", "{x}", "-p", "hrrn", "--json"),
    ("compare", "{x}", *LIMIT, "-p", "fcfs"),
    ("tune", "{x}", *LIMIT),
    ("plot", "cdf", "{x}", "-p", "lpm", "-o", "{out}.svg"),
    ("verify", "{x}", "{s}"),
)
SCHEDULE = (
    ("verify", "{good}", "{x}"),
    ("verify", "{good}", "{x}", "--json"),
    ("verify", "{good}", "{x}", "--prove", *LIMIT),
    ("solve", "{good}", "--start", "{x}", *LIMIT),
    ("plot", "gantt", "{good}", "{x}", "-o", "{out}.svg"),
)
SCORE = (
    ("score", "{x}", "--token-time", "40", *LIMIT, "-p", "fcfs"),
    ("score", "{x}", "--token-time", "0.5", *LIMIT, "-p", "lpm", "--cache", "unbounded", "--json"),
    ("score", "{x}", "--token-time", "40", *LIMIT, "-p", "fcfs", "--plot", "{out}.svg"),
)
CALIBRATE = (
    ("calibrate", "{x}"),
    ("calibrate", "{x}", "--json"),
    ("calibrate", "{x}", "-o", "{out}", "--plot", "{out}.svg"),
)
KINDS = {
    "instance": ("json", [TWO_USERS, TABLE, LRU], INSTANCE),
    "schedule": ("json", [BEST], SCHEDULE),
    "mooncake": ("lines", [lines(MOONCAKE)], (
        ("import", "mooncake", "{x}", "-o", "{out}"),
        ("import", "mooncake", "{x}", "--time-scale", "1/3", "--count", "2", "-o", "{out}"),
        ("score", "{t}", "--trace", "{x}", "--token-time", "40", *LIMIT),
    )),
    "bailian": ("lines", [lines(BAILIAN)], (("import", "bailian", "{x}", "-o", "{out}"),)),
    "tsptw": ("text", [TSPTW], (("import", "tsptw", "{x}", "-o", "{out}"),)),
    "score, lines": ("lines", [lines(LOG)], SCORE),
    "score, JSON": ("json", [LOG], SCORE),
    "score, CSV": ("text", [LOG_CSV], SCORE),
    "calibrate, CSV": ("text", [PREFILLS], CALIBRATE),
    "calibrate, benchmark": ("json", [VLLM], CALIBRATE),
    "cost": ("json", [COST], (
        ("import", "mooncake", "{t}", "--cost", "{x}", "-o", "{out}"),
        ("score", "{log}", "--cost", "{x}", *LIMIT, "-p", "fcfs"),
    )),
    "suite": ("text", [TINY], (("bench", "{x}", "-o", "{folder}"),)),
    "results": ("lines", [], (("plot", "ratios", "{folder}", "-o", "{out}.svg"),)),
    "head": ("json", [], (("plot", "ratios", "{folder}", "-o", "{out}.svg"),)),
    "suite of results": ("text", [TINY], (("report", "{folder}", "-o", "{out}"),)),
}  # fmt: skip
IN_FOLDER = {"results": "results.jsonl", "head": "bench.json", "suite of results": "suite.toml"}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The folder of a finished benchmark."""
    suite = parse_suite(TINY, "tiny.toml", Path(), {})
    store = prepare(suite, tmp_path_factory.mktemp("bench") / "out", resume=False)
    run_suite(suite, store)
    return store.folder


@pytest.fixture
def places(tmp_path, results):
    """Files that commands need beside the mutant."""
    import shutil

    shutil.copytree(results, tmp_path / "results")
    texts = {
        "good": json.dumps(TWO_USERS), "s": json.dumps(BEST), "t": lines(MOONCAKE),
        "log": lines(LOG),
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return {name: tmp_path / name for name in (*texts, "out")} | {"folder": tmp_path / "results"}


def faults(result, seconds):
    """What a run did that it may not do."""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        yield "".join(traceback.format_exception(result.exception))
    elif result.exit_code not in range(4):
        yield f"exit code {result.exit_code}"
    if not all(line.startswith("prefixsched: ") for line in result.stderr.splitlines()):
        yield f"standard error: {result.stderr!r:.2000}"
    if result.exit_code == 2 and (result.stdout or not result.stderr):
        yield f"exit code 2 with {result.stdout!r:.1000} and {result.stderr!r:.1000}"
    for text in (result.stdout, result.stderr):
        if escaped(text, "\n") != text:
            yield f"acts on the terminal: {text!r:.2000}"
    if seconds > MOST_CPU:
        yield f"{seconds:.1f} s of the processor"


@pytest.fixture
def no_work(monkeypatch):
    """Lets a suite be read and begun, not run: a mutant may ask for years."""
    monkeypatch.setattr("prefixsched.bench.run.run_suite", lambda *_, **__: None)


@pytest.mark.parametrize("kind", KINDS)
def test_no_mutant_gets_past_a_reader(kind, places, results, tmp_path, no_work):
    """No traceback, no hang, nothing but one line where it is refused."""
    shape, seeds, commands = KINDS[kind]
    if kind in ("results", "head"):
        seeds = [(results / IN_FOLDER[kind]).read_text()]
    seeds = [(s if isinstance(s, str) else json.dumps(s)).encode() for s in seeds]
    # What a file is mutated to depends on its kind and number alone.
    rng = random.Random(zlib.crc32(kind.encode()) + SEED)  # noqa: S311
    target = places["folder"] / IN_FOLDER[kind] if kind in IN_FOLDER else tmp_path / "mutant.toml"
    runner, found, n, codes = CliRunner(), {}, -(-MUTANTS // len(KINDS)), Counter()
    began = time.monotonic()
    for k in range(n):
        raw = mutant(rng, rng.choice(seeds), shape)
        target.write_bytes(raw)
        command = [part.format(x=target, **places) for part in rng.choice(commands)]
        if kind == "suite":
            command[-1] += f"-{k}"
        faulthandler.dump_traceback_later(DEAD, exit=True, file=sys.__stderr__)
        cpu = time.process_time() - compile_seconds()  # which come once, whatever the file
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            result = runner.invoke(cli, command)
        cpu = time.process_time() - compile_seconds() - cpu
        faulthandler.cancel_dump_traceback_later()
        codes[result.exit_code] += 1
        for fault in faults(result, cpu):
            place = tmp_path / f"fault-{k}"
            place.write_bytes(raw)
            line = fault.strip().splitlines()[-1][:200]
            where = [part.strip() for part in fault.splitlines() if "prefixsched/" in part]
            found.setdefault((where[-1] if where else "", line), (place, command, fault))
    sys.stdout.write(
        f"{kind}: {n:,} mutants, exit codes {dict(sorted(codes.items()))}, "
        f"{time.monotonic() - began:.0f} s, {len(found)} kinds of faults\n"
    )
    assert not found, "\n\n".join(
        f"{' '.join(command)}\n{place}\n{fault}" for place, command, fault in found.values()
    )
