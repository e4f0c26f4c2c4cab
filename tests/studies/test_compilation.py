"""Compiling ahead: afterwards nothing is left to compile."""

import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

from prefixsched import kernels
from prefixsched.kernels.jit import _Kernel

LIBRARY = Path(__file__).parents[2] / "instances"
COMMANDS = (
    "solve small/rasq-n20.json",
    "solve medium/rasq-n60.json --time-limit 4",
    "solve medium/rasq-n48-causal.json --time-limit 4",
    "solve small/rasq-n12-unbounded.json",
    "solve medium/rasq-n60-unbounded.json --time-limit 3",
    "solve open/rasq-n100-causal.json --objective percentile:99 --time-limit 4",
    "solve open/rasq-n100-causal.json --objective goodput --ttft 60000 --time-limit 3",
    "solve small/rasq-n16-gap0.json --objective mean --time-limit 2",
    "solve open/partition-m16-near.json --time-limit 3",
)


def test_nothing_is_left_to_compile():
    """After ``prefixsched compile``, which `make kernels` runs, questions find their kernels.

    In the installation's own cache, which is shared with the other tests: where those ran before,
    they may have compiled what ``compile`` forgets. So `make test` on a fresh machine begins with
    this one.
    """

    def run(words):
        command = [sys.executable, "-m", "prefixsched", *words.split()]
        done = subprocess.run(command, cwd=LIBRARY, capture_output=True, text=True)
        assert done.returncode in (0, 3), done.stderr
        return done.stdout

    left = {words: json.loads(run(f"{words} --json"))["compile_seconds"] for words in COMMANDS}
    assert not any(left.values()), left


def test_no_kernel_is_left_out():
    """Each that Python calls was compiled, whatever way a question takes on this machine."""
    left = []
    for module in pkgutil.walk_packages(kernels.__path__, f"{kernels.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, _Kernel) and value.py_func.__module__ == module.name:
                index = Path(value.dispatcher._cache._cache_file._index_path)
                if not index.exists():
                    left.append(f"{module.name}.{name}")
    assert not left
