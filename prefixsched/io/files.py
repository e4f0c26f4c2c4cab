"""Bytes in and out: standard input, gzip, text encodings, and writes that lose nothing."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import stat
import sys
import tempfile
import zlib
from pathlib import Path
from typing import BinaryIO

from prefixsched.model.errors import InputError

GZIP_MAGIC = b"\x1f\x8b"
MOST_BYTES = 2**30
"""Bytes of a file, unpacked: some three million requests of a trace. Decoding takes several times
as much memory, and a few megabytes of gzip can hold thousands of times as much."""
CHUNK = 2**20
"""Bytes that are read at a time."""


def read_bytes(path: str | Path) -> bytes:
    """A file's contents, or standard input's for ``-``; gzip is undone wherever it is found.

    Raises
    ------
    InputError
        If the file is missing, unreadable, a broken gzip, or holds more than ``MOST_BYTES``.
    """
    try:
        raw = _standard_input() if str(path) == "-" else _contents(path)
    except (OSError, ValueError) as error:  # a ValueError for a path with a NUL
        raise InputError(f"{path}: {reason(error)}; give a file that can be read") from error
    if not raw.startswith(GZIP_MAGIC):
        return _of_size(raw, path)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
            return _of_size(_drain(packed), path)
    except (EOFError, OSError, zlib.error) as error:
        raise InputError(
            f"{path}: the gzip is broken or cut short ({error}); fetch it again"
        ) from error


def read_utf8(path: str | Path) -> bytes:
    """A file's text as UTF-8 without a byte order mark, whichever Unicode encoding it has.

    UTF-16 and UTF-32 are told by their byte order marks, or by the zero bytes
    that the first characters then have. That UTF-8 is valid is left to who reads
    it, with the place at hand.

    Raises
    ------
    InputError
        If the file can't be read, is empty, or isn't text in the encoding that it begins in.
    """
    raw = read_bytes(path)
    if not raw.strip():
        raise InputError(f"{path}: the file is empty; give another")
    encoding = json.detect_encoding(raw[:4])
    if encoding == "utf-8":
        return raw
    if encoding == "utf-8-sig":
        return raw[3:]
    try:
        return raw.decode(encoding).encode()
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: not text, though it begins as {encoding.upper()} ({error.reason} at byte "
            f"{error.start:,}); give UTF-8"
        ) from error


def read_text(path: str | Path) -> str:
    """A file's text, whichever Unicode encoding it has.

    Raises
    ------
    InputError
        If the file can't be read, or isn't text.
    """
    try:
        return read_utf8(path).decode()
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: not text ({error.reason} at byte {error.start:,}); give UTF-8 or UTF-16"
        ) from error


def source_name(path: str | Path) -> str:
    """What to call the data of ``path``: the file's name, or ``stdin``; always valid Unicode."""
    if str(path) == "-":
        return "stdin"
    return os.fsencode(Path(path).name).decode(errors="backslashreplace")


def same_file(one: str | Path, other: str | Path) -> bool:
    """Whether two paths lead to one regular file, through links of any kind; ``-`` is stdin."""
    kinds = [_status(0 if str(path) == "-" else path) for path in (one, other)]
    if any(kind is None or not stat.S_ISREG(kind.st_mode) for kind in kinds):
        return False
    first, second = kinds
    assert first is not None
    assert second is not None
    return os.path.samestat(first, second)


def check_writable(path: str | Path) -> None:
    """Find out, without a trace, whether :func:`write_bytes` can write there.

    Raises
    ------
    InputError
        If it is a folder, a file that may not be written, or in a folder that may not.
    """
    if str(path) == "-":
        return
    try:
        target, kind = _target(path)
        if kind is None or stat.S_ISREG(kind.st_mode):
            with tempfile.TemporaryFile(dir=target.parent):
                pass
    except (OSError, ValueError) as error:
        raise InputError(_cannot_write(path, error)) from error


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file, gzipped where its name ends in ``.gz``; ``-`` is standard output.

    A regular file is replaced as a whole or not at all, and keeps its mode and,
    where the system lets it, its owner. Symbolic links are followed and stay;
    devices, FIFOs and what standard output leads to are written into.

    Raises
    ------
    InputError
        If it can't be written.
    """
    if str(path) == "-":
        _write_to(sys.stdout.buffer, content)
        return
    if str(path).endswith(".gz"):
        content = gzip.compress(content, mtime=0)
    try:
        target, kind = _target(path)
        if kind is not None and _is_standard_output(kind):
            _write_to(sys.stdout.buffer, content)
        elif kind is not None and not stat.S_ISREG(kind.st_mode):
            with Path(path).open("wb", buffering=0) as stream:
                _write_to(stream, content)
        else:
            _replace(target, kind, content)
    except (OSError, ValueError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise InputError(_cannot_write(path, error)) from error


def reason(error: OSError | ValueError) -> str:
    """What an error of the system says, as a part of a sentence."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise ValueError("standard input is closed")
    return _drain(sys.stdin.buffer)


def _contents(path: str | Path) -> bytes:
    with Path(path).open("rb") as file:
        return _drain(file)


def _drain(file: BinaryIO | gzip.GzipFile) -> bytes:
    """All of a file that may be read, and a little more of one that is larger: it may be endless.

    In pieces: asked for as much as may be, a file would set aside memory for that.
    """
    pieces, size = [], 0
    while size <= MOST_BYTES and (piece := file.read(CHUNK)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _of_size(content: bytes, path: str | Path) -> bytes:
    if len(content) > MOST_BYTES:
        raise InputError(f"{path}: holds more than {MOST_BYTES // 2**20:,} MiB; give a part of it")
    return content


def _status(path: str | Path | int) -> os.stat_result | None:
    """What there is at a path, through links; None where nobody can tell."""
    try:
        return os.fstat(path) if isinstance(path, int) else Path(path).stat()
    except (OSError, ValueError):
        return None


def _target(path: str | Path) -> tuple[Path, os.stat_result | None]:
    """Where writing to ``path`` ends after all links, and what is there; None for nothing.

    Raises
    ------
    OSError
        If it may not be written.
    """
    try:
        kind: os.stat_result | None = Path(path).stat()
    except FileNotFoundError:
        kind = None
    if kind is not None and stat.S_ISDIR(kind.st_mode):
        raise IsADirectoryError("is a directory")
    if kind is not None and not os.access(path, os.W_OK):
        raise PermissionError("permission denied")
    return Path(os.path.realpath(path)), kind


def _cannot_write(path: str | Path, error: OSError | ValueError) -> str:
    folder = Path(path).parent
    if isinstance(error, FileNotFoundError) and not folder.exists():
        return f"{path}: can't write: there is no folder {folder}; make it, or give another path"
    mend = "a file's path" if isinstance(error, IsADirectoryError) else "a path that can be written"
    return f"{path}: can't write: {reason(error)}; give {mend}"


def _is_standard_output(kind: os.stat_result) -> bool:
    """Whether standard output leads there, as ``-o /dev/stdout`` has it."""
    out = _status(1)
    return out is not None and stat.S_ISREG(out.st_mode) and os.path.samestat(out, kind)


def _replace(target: Path, kind: os.stat_result | None, content: bytes) -> None:
    """Put a new file in the place of ``target``, at once."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb", buffering=0) as file:
            _write_to(file, content)
        if kind is None:
            mask = os.umask(0)
            os.umask(mask)
            temporary.chmod(0o666 & ~mask)
        else:
            with contextlib.suppress(PermissionError):  # another's file is written by its group
                os.chown(temporary, kind.st_uid, kind.st_gid)
            temporary.chmod(stat.S_IMODE(kind.st_mode))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _write_to(stream: BinaryIO, content: bytes) -> None:
    rest = memoryview(content)
    while rest:  # an unbuffered stream may write a part, and tell only of that
        rest = rest[stream.write(rest) :]
    stream.flush()
