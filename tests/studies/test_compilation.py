"""Compiling ahead: afterwards nothing is left to compile."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[2] / "instances"
COMMANDS = (
    "solve small/rasq-n20.json",
    "solve medium/rasq-n60.json --time-limit 5",
    "solve medium/rasq-n48-causal.json --time-limit 5",
    "solve small/rasq-n12-unbounded.json",
    "solve medium/rasq-n60-unbounded.json --time-limit 3",
    "solve open/rasq-n100-causal.json --objective percentile:99 --time-limit 4",
    "solve open/rasq-n100-causal.json --objective goodput --ttft 60000 --time-limit 3",
    "solve small/rasq-n16-gap0.json --objective mean --time-limit 2",
    "solve open/partition-m16-near.json --time-limit 3",
)


@pytest.mark.slow
def test_nothing_is_left_to_compile(tmp_path):
    """In a fresh cache, after ``prefixsched compile``, every kind of question finds its kernels."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}

    def run(words):
        command = [sys.executable, "-m", "prefixsched", *words.split()]
        done = subprocess.run(command, env=environment, cwd=LIBRARY, capture_output=True, text=True)
        assert done.returncode in (0, 3), done.stderr
        return done.stdout

    told = run("compile")
    assert told.startswith("compiled ")
    assert str(tmp_path) in told
    left = {words: json.loads(run(f"{words} --json"))["compile_seconds"] for words in COMMANDS}
    assert not any(left.values()), left
