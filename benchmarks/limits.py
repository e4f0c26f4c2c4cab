"""Whether ``--time-limit`` holds: the whole command, over sizes, caches, objectives and backends.

``python benchmarks/limits.py`` runs some sixty commands and prints a table: what each may take (the
limit and a second, or a tenth of the limit more past 12,000 queries), and what it took. With
``--fresh`` each runs as after an installation, without a single compiled kernel at hand.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

MANY = 12_000
PROGRAM = (sys.executable, "-m", "prefixsched")
CACHES = ("last", "unbounded", "lru:50000")
SIZES = (5, 16, 60, 250, 1_000, 4_000, 12_000, 120_000)


def make(folder: Path) -> dict[str, tuple[str, int]]:
    """The files that commands name, and how many queries each has."""
    files = {}
    for n in SIZES:
        per_user = 5 if n == SIZES[0] else 4
        for cache in CACHES:
            path = folder / f"rasq-{n}-{cache.partition(':')[0]}.json"
            words = f"generate rasq --users {n // per_user} --per-user {per_user} --load 0.9"
            subprocess.run(  # noqa: S603 - this very program
                [*PROGRAM, *words.split(), "--cache", cache, "-o", str(path)], check=True
            )
            files[path.stem] = (str(path), n)
    path = folder / "deep.json"
    path.write_text(json.dumps(deep(20, 200)))
    files["deep"] = (str(path), 4_000)
    path = folder / "log.jsonl"
    with path.open("w") as log:
        for row in rows(3_000):
            log.write(json.dumps(row) + "\n")
    files["log"] = (str(path), 3_000)
    return files


def deep(sessions: int, turns: int) -> dict[str, object]:
    """Conversations whose prompts grow by a block a turn, under an ``lru`` cache that is tight."""
    queries = []
    for turn in range(turns):
        for s in range(sessions):
            prompt = [[f"s{s}t{k}", 512] for k in range(turn + 1)]
            arrival = turn * 400_000 + s * 20_000
            queries.append({"id": f"s{s}t{turn}", "arrival": arrival, "prompt": prompt})
    return {
        "format": "prefixsched-instance/1",
        "name": "deep",
        "time_unit": "us",
        "cost": {"model": "linear", "token": 20},
        "cache": {"policy": "lru", "capacity": 200_000},
        "queries": queries,
    }


def rows(n: int) -> Iterator[dict[str, object]]:
    """A serving log of sessions that grow."""
    end = 0.0
    for k in range(n):
        session, turn = k % 30, k // 30
        blocks = [session * 1_000 + b for b in range(turn + 1)]
        arrival = k * 10.0
        end = max(end, arrival) + 9.0
        yield {
            "timestamp": arrival,
            "input_length": 512 * len(blocks),
            "output_length": 1,
            "hash_ids": blocks,
            "ttft": end - arrival,
        }


def commands(files: dict[str, tuple[str, int]]) -> Iterator[tuple[str, str, int, float]]:
    """A command, as it is shown and as it is run; how many queries it has; its limit."""

    def command(words: str, name: str, limit: float) -> tuple[str, str, int, float]:
        path, n = files[name]
        run = words.replace("FILE", path)
        return f"{words.replace('FILE', name)} --time-limit {limit:g}", run, n, limit

    for n in SIZES:
        for cache in ("last", "unbounded", "lru"):
            yield command("solve FILE", f"rasq-{n}-{cache}", 2 if n != MANY else 5)
    for objective in ("percentile:99", "mean", "goodput --ttft 60000"):
        for name in ("rasq-60-last", "rasq-250-lru", "rasq-1000-unbounded", "rasq-12000-last"):
            yield command(f"solve FILE --objective {objective}", name, 3)
    for backend in ("cpsat", "cpsat:plain=1", "milp", "milp:solver=cbc", "didp", "dp"):
        for name in ("rasq-60-last", "rasq-1000-last"):
            yield command(f"solve FILE --backend {backend}", name, 3)
    yield command("solve FILE --ttft 60000 --relax 0.01", "rasq-1000-last", 2)
    yield command("solve FILE --ttft 100000", "rasq-12000-lru", 2)
    for name in ("rasq-250-last", "rasq-4000-lru", "rasq-12000-unbounded", "deep"):
        yield command("compare FILE", name, 5)
    yield command("solve FILE", "deep", 5)
    yield command("tune FILE", "rasq-1000-last", 10)
    yield command("tune FILE", "rasq-12000-lru", 5)
    yield command("score FILE --token-time 20 --cache lru:200000", "log", 5)
    yield command("score FILE --token-time 20", "log", 2)
    yield command("plot cache FILE -o cache.png", "rasq-250-last", 8)
    yield command("plot anytime FILE -o anytime.png", "rasq-250-last", 3)
    yield command("solve FILE --objective percentile:99", "rasq-120000-lru", 10)


def main() -> None:
    """Print the table; exit 1 where a limit didn't hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="as after an installation")
    parser.add_argument("--every", type=int, default=1, help="run one command in so many")
    options = parser.parse_args()
    late = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = make(folder)
        sys.stdout.write("| command | allowed | took | exit |\n|---|---:|---:|---:|\n")
        for k, (shown, run, n, limit) in enumerate(commands(files)):
            if k % options.every:
                continue
            allowed = limit + 1 if n <= MANY else max(limit + 1, 1.1 * limit)
            environment = dict(os.environ)
            if options.fresh:
                environment["NUMBA_CACHE_DIR"] = str(folder / f"cache{k}")
            began = time.monotonic()
            done = subprocess.run(  # noqa: S603 - this very program
                [*PROGRAM, *run.split(), "--time-limit", str(limit)],
                cwd=folder,
                env=environment,
                capture_output=True,
                check=False,
            )
            took = time.monotonic() - began
            bad = (
                took > allowed
                or done.returncode not in (0, 3)
                or not (done.stdout or "plot" in run)
            )
            late += bad
            mark = " **late**" if took > allowed else " **failed**" if bad else ""
            code = done.returncode
            sys.stdout.write(f"| `{shown}` | {allowed:.1f} s | {took:.2f} s{mark} | {code} |\n")
            if bad:
                sys.stderr.write(done.stderr.decode()[-2_000:])
            sys.stdout.flush()
    sys.stdout.write(f"\n{late} late or failed\n")
    sys.exit(late > 0)


if __name__ == "__main__":
    main()
