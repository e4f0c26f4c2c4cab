"""Cache of compiled kernels: what numba's own mixes up is kept apart.

numba names what it keeps of a function by numbers, and finds the next one in an index that it reads
and writes without a lock. So two processes that compile the same function for two kinds of argument
may use one name: then the index leads to code for the other kind, in all processes to come. And it
takes a function for unchanged while the file that defines it is; but what the function calls is
compiled into it, whichever file that is in.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

IMPORT = re.compile(r"^\s*from (\S+) import", re.MULTILINE)
HERE = __name__.rpartition(".")[0]
NOT_COMPILED_IN = {f"{HERE}.jit", f"{HERE}.cache"}
"""What kernels import that is no part of them."""


def keep_apart(file: Any, module: str) -> None:
    """Let a cache file name nothing twice, and see changes of all that is compiled in.

    Parameters
    ----------
    file
        numba's ``IndexDataCacheFile`` of a function.
    module
        Where the function is defined.
    """
    stem = file._index_name.removesuffix(".nbi")
    file._data_name = lambda _number: f"{stem}.{uuid4().hex[:16]}.nbc"
    file._source_stamp = (file._source_stamp, stamp(module))


@cache
def stamp(module: str) -> tuple[Any, ...]:
    """Time and size of a module's file, and of those of its package that it imports."""
    spec = None if module == "__main__" else find_spec(module)
    if spec is None or spec.origin is None:
        return ()
    path = Path(spec.origin)
    state = path.stat()
    imported = set(IMPORT.findall(path.read_text("utf-8"))) - NOT_COMPILED_IN
    package = module.partition(".")[0]
    inner = sorted(name for name in imported if name.partition(".")[0] == package)
    return (state.st_mtime_ns, state.st_size, *map(stamp, inner))
