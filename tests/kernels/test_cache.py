"""Tests of the cache of compiled kernels: nothing stale is loaded, and nobody else's."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from numba.core.caching import IndexDataCacheFile

from prefixsched.kernels.cache import keep_apart

KERNELS = {
    "inner": "from prefixsched.kernels.jit import kernel\n"
    "@kernel\n"
    "def inner(x):\n"
    "    return x + 1\n",
    "outer": "from prefixsched.kernels.jit import kernel\n"
    "from pack.inner import inner\n"
    "@kernel\n"
    "def outer(x):\n"
    "    return 10 * inner(x)\n",
}


@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="nothing is compiled")
def test_a_change_of_what_is_called_is_seen(tmp_path):
    """Also where it is in another file, whose code was compiled into the caller's."""
    pack = tmp_path / "pack"
    pack.mkdir()
    for name, text in KERNELS.items():
        (pack / f"{name}.py").write_text(text)

    def answer():
        code = "from pack.outer import outer; print(outer(1))"
        run = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
            capture_output=True,
            text=True,
            check=True,
        )
        return int(run.stdout)

    assert answer() == 20
    (pack / "inner.py").write_text(KERNELS["inner"].replace("x + 1", "x + 22"))
    assert answer() == 230


def test_processes_that_compile_at_once_keep_their_own_code(tmp_path):
    """Each reads the index before the other writes it: what it leads to is what was meant."""

    def opened():
        file = IndexDataCacheFile(str(tmp_path), "kernel", source_stamp=1)
        keep_apart(file, "__main__")
        return file

    first, second = opened(), opened()
    empty = SimpleNamespace(first=first._load_index(), second=second._load_index())
    first._load_index, second._load_index = lambda: empty.first, lambda: empty.second
    first.save("integers", b"code for integers")
    second._save_index, save_index = lambda _index: None, second._save_index
    second.save("floats", b"code for floats")
    save_index(empty.second)
    first._save_data(empty.first["integers"], b"code for integers")  # the last to write
    reader = opened()
    assert reader.load("floats") == b"code for floats"
    assert reader.load("integers") in (None, b"code for integers")
