"""From the rows of a trace file to a trace."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from prefixsched.importers.blocks import BlockColumn
from prefixsched.importers.trace import Trace
from prefixsched.io.files import source_name
from prefixsched.model.errors import InputError

logger = logging.getLogger(__name__)


@dataclass
class TraceBuilder:
    """Collects the rows of a trace file and makes them a :class:`Trace`.

    Parameters
    ----------
    path
        The file; its name goes into messages and into the trace.
    format
        What the importer is called.
    block_size
        Tokens in a block.
    """

    path: str | Path
    format: str
    block_size: int
    _lines: list[int] = field(default_factory=list)
    _ids: list[str | None] = field(default_factory=list)
    _arrivals: list[int] = field(default_factory=list)
    _lengths: list[int] = field(default_factory=list)
    _ends: list[int] = field(default_factory=lambda: [0])
    _blocks: BlockColumn = field(default_factory=BlockColumn)

    def add(
        self,
        line: int,
        arrival: int,
        input_length: int | None,
        blocks: list[int | str] | None,
        name: str | int | None = None,
    ) -> None:
        """Append a row.

        Parameters
        ----------
        line
            Where the row stands in the file, from 1.
        arrival
            Microseconds.
        input_length
            Prompt tokens.
        blocks
            The ids of its blocks.
        name
            What the file calls the request.

        Raises
        ------
        InputError
            If it has no length.
        """
        if input_length is None:
            raise InputError("input_length: missing; give the prompt's tokens, 1 or more")
        self._lines.append(line)
        self._ids.append(None if name is None else str(name))
        self._arrivals.append(arrival)
        self._lengths.append(input_length)
        self._blocks.add(blocks or [])
        self._ends.append(len(self._blocks))

    def finish(self) -> Trace:
        """The rows as columns, sorted by arrival; rows that arrive together stay in file order.

        Raises
        ------
        InputError
            If there are none, or no row's blocks hold its tokens.
        """
        if not self._lines:
            raise InputError(f"{self.path}: no rows; give a trace of at least one request")
        blocks, names = self._blocks.finish()
        trace = Trace(
            source_name(self.path),
            self.format,
            self.block_size,
            self._names(),
            np.array(self._arrivals, dtype=np.int64),
            np.array(self._lengths, dtype=np.int64),
            np.array(self._ends, dtype=np.int64),
            blocks,
            names,
        )
        self._warn(trace)
        if np.any(np.diff(trace.arrival) < 0):
            return trace.select(np.argsort(trace.arrival, kind="stable"))
        return trace

    def _names(self) -> list[str]:
        """The file's own ids where every row has one and all differ, else the line numbers."""
        own = [name for name in self._ids if name is not None]
        if len(set(own)) == len(self._lines):
            return own
        return [f"q{line}" for line in self._lines]

    @property
    def _mend(self) -> str:
        """What to do where blocks hold too little."""
        if self.format == "score":
            return "give the tokens of a block with --block-size"
        return f"blocks of {self.format} have {self.block_size} tokens; hash such"

    def _warn(self, trace: Trace) -> None:
        """Say once what was made of rows whose length and blocks disagree.

        Raises
        ------
        InputError
            If all of them, by a block or more: that is another size of blocks. An
            engine that hashes whole blocks alone leaves less than one out.
        """
        blocks = trace.covered > 0
        short = int((blocks & (trace.input_length > trace.covered)).sum())
        bare = int((~blocks).sum())
        far = blocks & (trace.input_length >= trace.covered + self.block_size)
        if short and far.sum() == blocks.sum():
            raise InputError(
                f"{self.path}: every row has more tokens than its blocks of {self.block_size} "
                f"hold, so its prompt isn't known; {self._mend}"
            )
        spare = int((blocks & (trace.input_length <= trace.covered - self.block_size)).sum())
        said = []
        if short:
            said.append(
                f"{short} of {len(trace)} rows have more tokens than their blocks of "
                f"{self.block_size} hold; their prompts are clamped to the blocks ({self._mend})"
            )
        if bare:
            said.append(
                f"{bare} of {len(trace)} rows have no blocks; their prompts count as shared "
                "with no other"
            )
        if spare:
            said.append(
                f"{spare} of {len(trace)} rows have blocks past their input_length; "
                "those are left out"
            )
        if said:
            logger.warning("%s: %s", self.path, "; ".join(said))
