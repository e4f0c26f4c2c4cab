"""Bytes in and out: standard input, gzip, and atomic writes."""

from __future__ import annotations

import contextlib
import gzip
import os
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from prefixsched.errors import InputError

GZIP_MAGIC = b"\x1f\x8b"


def read_bytes(path: str | Path) -> bytes:
    """A file's contents, or standard input's for ``-``; gzip is undone wherever it is found.

    Raises
    ------
    InputError
        If the file is missing, unreadable or a broken gzip.
    """
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {_reason(error)}; give a file that can be read") from error
    if not raw.startswith(GZIP_MAGIC):
        return raw
    try:
        return gzip.decompress(raw)
    except (EOFError, OSError, zlib.error) as error:
        raise InputError(
            f"{path}: the gzip is broken or cut short ({error}); fetch it again"
        ) from error


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its place when the block ends well.

    Where the block raises, ``path`` is left as it was.

    Raises
    ------
    InputError
        If the folder is missing or not writable.
    """
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=target.suffix)
        os.close(handle)
    except OSError as error:
        raise InputError(
            f"{path}: can't write: {_reason(error)}; give a path in a writable folder"
        ) from error
    temporary = Path(name)
    try:
        yield temporary
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(target)
    except OSError as error:
        raise InputError(f"{path}: can't write: {_reason(error)}; give another path") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file atomically, gzipped where its name ends in ``.gz``; ``-`` is standard output."""
    if str(path) == "-":
        rest = memoryview(content)
        while rest:  # an unbuffered stream may write a part, and tell only of that
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.buffer.flush()
        return
    if str(path).endswith(".gz"):
        content = gzip.compress(content, mtime=0)
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
