"""What the documented commands answer, for comparison with another checkout.

``python benchmarks/answers.py -o before.json`` runs some fifty commands whose answers are
determined (no time limit decides them) and keeps what each prints with ``--json``, its exit code
and the files that it writes; ``--against before.json`` names each command whose answer differs.
Seconds, search nodes and versions are left out: they are no answers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

LIBRARY = Path(__file__).parents[1] / "instances"
PROGRAM = (sys.executable, "-m", "prefixsched")
NO_ANSWERS = {"seconds", "compile_seconds", "nodes", "versions", "host", "started"}
MADE = (
    "generate rasq --users 4 --per-user 4 --load 0.9 --seed 1 -o rasq.json",
    "generate rasq --users 20 --per-user 5 --load 0.8 --seed 2 -o rasq100.json",
    "generate rasq --users 3 --per-user 3 --seed 3 --cache lru:9000 -o lru.json",
    "generate rasq --users 5 --per-user 4 --seed 4 --cache unbounded -o unbounded.json",
    "generate agents --seed 5 -o agents.json",
    "generate conversation --seed 6 -o conversation.json",
    "generate recommender --seed 7 -o recommender.json",
    "generate shared-documents --seed 8 -o documents.json",
    "generate no-reuse --seed 2 -o easy.json",
    "generate k-lpm-adversary -o adversary.json",
)
COMMANDS = (
    "solve rasq.json --json",
    "solve rasq.json --json --backend brute --time-limit 0",
    "solve {small}/conversation-6x3.json --json --backend cpsat",
    "solve rasq100.json --json --threads 1 --max-nodes 1000000000 -o schedule100.json",
    "solve lru.json --json",
    "solve unbounded.json --json",
    "solve agents.json --json --max-nodes 100000",
    "solve rasq.json --json --ttft 40000",
    "solve rasq.json --json --ttft 90000",
    "solve rasq.json --json --ttft 30000 --relax 0.3",
    "solve rasq.json --json --ttft 30000 --relax 0.3 --promise",
    "solve rasq.json --json --objective percentile:90",
    "solve unbounded.json --json --objective p75",
    "solve lru.json --json --objective percentile:80",
    "solve rasq.json --json --objective goodput --ttft 30000",
    "solve lru.json --json --objective mean",
    "solve rasq.json --json --objective mean",
    "solve rasq.json --json -o schedule.json",
    "solve rasq.json --ttft own",
    "solve rasq.json --objective nonsense",
    "solve rasq.json --backend cqsat",
    "verify rasq.json schedule.json --json",
    "verify rasq100.json schedule100.json --json",
    "info rasq.json --json",
    "info agents.json --json",
    "info lru.json --json",
    "info {here}/README.md",
    "simulate rasq.json --json -p fcfs",
    "simulate rasq100.json --json -p k-lpm:4",
    "simulate agents.json --json -p rollout",
    "simulate conversation.json --json -p sglang-lpm",
    "simulate documents.json --json -p dlpm",
    "simulate recommender.json --json -p k-lpm-bandit",
    "simulate unbounded.json --json -p hrrn",
    "simulate rasq.json --json -p lpm --batch-tokens 4096",
    "compare rasq.json --json",
    "compare rasq.json unbounded.json --json",
    "compare {small}/documents-n12.json --json -p fcfs -p lpm -p k-lpm:2",
    "tune rasq100.json --json",
    "adversary lpm --json --n 6 --steps 30",
    "policies --json",
    "backends --json",
    "presets --json",
    "import mooncake {traces}/mooncake_conversation.jsonl --count 300 -o mooncake.json",
    "info mooncake.json --json",
    "simulate mooncake.json --json -p lpm",
    "--help",
    "solve --help",
    "generate rasq --help",
    "plot --help",
    "compare --help",
    "simulate --help",
    "tune --help",
    "score --help",
    "bench --help",
)


def kept(value: object) -> object:
    """A printed value without what differs from run to run."""
    if isinstance(value, dict):
        return {key: kept(item) for key, item in value.items() if key not in NO_ANSWERS}
    return [kept(item) for item in value] if isinstance(value, list) else value


def answer(words: str, folder: Path) -> dict[str, object]:
    """Exit code and output of one command, in ``folder``."""
    done = subprocess.run(  # noqa: S603 - this very program
        [*PROGRAM, *words.split()], cwd=folder, capture_output=True, text=True, check=False
    )
    try:
        out: object = kept(json.loads(done.stdout))
    except json.JSONDecodeError:
        out = done.stdout if "--json" in words or "--help" in words or done.returncode else ""
    return {"exit": done.returncode, "out": out, "error": done.stderr if done.returncode else ""}


def main() -> None:
    """Run all, and keep or compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--traces", default="", help="folder of traces to import; none if empty")
    given = parser.parse_args()
    said: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for words in (*MADE, *COMMANDS):
            if "{traces}" in words and not given.traces:
                continue
            filled = words.format(small=LIBRARY / "small", here=LIBRARY.parent, traces=given.traces)
            said[words] = answer(filled, folder)
        for path in sorted(folder.iterdir()):
            said[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    if given.output:
        given.output.write_text(json.dumps(said, indent=1, sort_keys=True))
    if given.against:
        before = json.loads(given.against.read_text())
        differs = [key for key in {**before, **said} if before.get(key) != said.get(key)]
        for key in differs:
            was, now = (str(answers.get(key))[:300] for answers in (before, said))
            print(f"{key}\n  before {was}\n  now    {now}")  # noqa: T201
        print(f"{len(said) - len(differs)} of {len(said)} as before")  # noqa: T201
        sys.exit(bool(differs))


if __name__ == "__main__":
    main()
