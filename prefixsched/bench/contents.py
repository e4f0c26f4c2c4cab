"""Digests of the files that instances are read from, so that a run never mixes two versions."""

from __future__ import annotations

import hashlib
from pathlib import Path

from prefixsched.bench.suite import Suite
from prefixsched.model.errors import InputError


def contents_of(suite: Suite) -> dict[str, str]:
    """The digest of every file that a suite's instances are read from, by path.

    Raises
    ------
    InputError
        If one can't be read.
    """
    paths = dict.fromkeys(task.path for task in suite.tasks)
    return {path: digest_of(path) for path in paths if path is not None}


def digest_of(path: str) -> str:
    """The SHA-256 of a file as it lies on the disk.

    Raises
    ------
    InputError
        If it can't be read, or is something that a second reading may find changed.
    """
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise InputError(f"{path}: no regular file; give one")
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{path}: {reason}; give a file that can be read") from error
