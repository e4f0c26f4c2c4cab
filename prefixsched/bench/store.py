"""Results on disk: JSON Lines that survive a kill at any moment."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from prefixsched.bench.consistency import check_rows
from prefixsched.bench.row import Row
from prefixsched.io.decode import decode
from prefixsched.io.files import read_bytes, read_utf8, write_bytes
from prefixsched.io.lines import decode_lines
from prefixsched.model.errors import InputError

ROWS = "results.jsonl"
HEAD = "bench.json"
SUITE = "suite.toml"
LOCK = "lock"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Which suite a folder's results are of.

    Parameters
    ----------
    format
        ``prefixsched-bench/1``.
    suite, hash
        The suite's name, and what tells its text and paths from all others'.
    traces
        The user's traces by format.
    folder
        Where the suite's own paths start; None in results of before this was kept.
    contents
        The SHA-256 of each file that instances are read from, by path as the
        suite has it; None in results of before this was kept.
    """

    format: Literal["prefixsched-bench/1"] = "prefixsched-bench/1"
    suite: str
    hash: str
    traces: dict[str, str]
    folder: str | None = None
    contents: dict[str, str] | None = None


class Store:
    """A folder of results of one suite.

    A row is appended with one write and synced to the disk before the next is
    begun, so that a kill loses none that was reported; what it may leave is a
    last line that is cut short, which :meth:`open` removes.

    Parameters
    ----------
    folder
        Where.
    head
        The suite that the folder's results are of.
    """

    def __init__(self, folder: Path, head: Head) -> None:
        self.folder = folder
        self.head = head

    @classmethod
    def create(cls, folder: Path, head: Head, suite: str) -> Store:
        """Begin a folder of results.

        Raises
        ------
        InputError
            If there are results in it, or it can't be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise InputError(f"{folder}: can't write: {reason}; give another folder") from error
        with _locked(folder):  # or another that begins here at once would empty the rows
            if (folder / HEAD).exists():
                raise InputError(
                    f"{folder}: holds results already; give --resume to go on, or another folder"
                )
            write_bytes(folder / SUITE, suite.encode())
            write_bytes(folder / ROWS, b"")
            # The head comes last: a folder that has one is whole.
            write_bytes(folder / HEAD, msgspec.json.format(msgspec.json.encode(head)) + b"\n")
            _sync_folder(folder)
        return cls(folder, head)

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Take up a folder of results, and remove a last line that is cut short.

        Raises
        ------
        InputError
            If there is none.
        """
        if not (folder / HEAD).is_file():
            raise InputError(f"{folder}: holds no results; give the folder of a bench run")
        return cls(folder, decode(read_utf8(folder / HEAD), Head, folder / HEAD))

    def repair(self) -> int:
        """Remove a last line that is cut short; how many bytes that was.

        Raises
        ------
        InputError
            If the file is missing or can't be written.
        """
        path = self.folder / ROWS
        try:
            with path.open("r+b") as file:
                content = file.read()
                whole = content.rfind(b"\n") + 1
                file.truncate(whole)
                os.fsync(file.fileno())
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise InputError(f"{path}: {reason}; give a folder that can be written") from error
        return len(content) - whole

    def rows(self) -> list[Row]:
        """All rows, in the order written; a last line that is cut short is passed over.

        Raises
        ------
        InputError
            If a line isn't a row, or rows contradict one another.
        """
        path = self.folder / ROWS
        raw = read_bytes(path)
        whole = raw[: raw.rfind(b"\n") + 1]
        numbered = list(decode_lines(whole, msgspec.json.Decoder(Row), path))
        check_rows(numbered, path)
        return [row for _, row in numbered]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs from writing while the block lasts; a kill unlocks.

        Raises
        ------
        InputError
            If another run is writing.
        """
        with _locked(self.folder):
            yield

    def append(self, row: Row) -> None:
        """Add a row, and wait until it is on the disk.

        Raises
        ------
        OSError
            If it can't be written; then nothing of it is left in the file.
        """
        line = msgspec.json.encode(row) + b"\n"
        with (self.folder / ROWS).open("ab", buffering=0) as file:
            size = file.tell()
            try:
                rest = memoryview(line)
                while rest:
                    rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
            except OSError:
                file.truncate(size)
                raise


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, whose file is never replaced and never removed.

    A lock is of a file, not of a name: on one that others put a new file in the
    place of, each of two runs may hold its own.

    Raises
    ------
    InputError
        If another run holds it, or the folder can't be written.
    """
    try:
        file = (folder / LOCK).open("ab")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{folder}: can't write: {reason}; give another folder") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"{folder}: another run is writing to it; wait for it or end it"
            ) from error
        yield


def _sync_folder(folder: Path) -> None:
    """Have the names of a folder's files on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
