"""Suites: TOML files that say which instances and which policies to run."""

from __future__ import annotations

import difflib
import hashlib
import inspect
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import msgspec

from prefixsched.bench import schema
from prefixsched.bench.row import OPTIMUM, Stream
from prefixsched.bench.schema import BACKENDS, SETTINGS, SOURCES, read_table, shown
from prefixsched.importers.trace import to_instance
from prefixsched.io.files import read_text
from prefixsched.model.errors import InputError
from prefixsched.plugins import registry
from prefixsched.plugins.naming import name_of

GROUPS: Mapping[str, registry.Kind] = {"generator": "generators", "importer": "importers"}
PATHS = {"importer": "path", "files": "file"}
"""The parameter that is the path of what the instance is read from."""
MOST_INSTANCES = 10**6
"""Of a suite. At a hundredth of a second each that is three hours, and a gigabyte of tasks."""


@dataclass(frozen=True)
class Task:
    """One instance and what to run on it; all of it can be sent to another process.

    Parameters
    ----------
    family
        The family's name.
    kind, source
        ``generator`` and its name, ``importer`` and its name, or ``files`` and the path
        as the suite has it.
    parameters
        What the source is called with.
    seed
        Of the generator; 0 for the others.
    policies
        Specs by policy name.
    backends
        Specs of those that seek the optimum, each for itself.
    time_limit, max_nodes
        Of each backend.
    path
        The file that it is read from, from the root; None of a generator.
    digest
        The SHA-256 of that file, once it was seen; else None.
    """

    family: str
    kind: str
    source: str
    parameters: Mapping[str, Any]
    seed: int
    policies: Mapping[str, str]
    backends: Sequence[str]
    time_limit: float | None
    max_nodes: int | None
    path: str | None = None
    digest: str | None = None

    @property
    def told(self) -> dict[str, str]:
        """The parameters as a row keeps them."""
        return {key: str(value) for key, value in self.parameters.items()}

    @property
    def stream(self) -> Stream:
        """What tells the instance from all others of the suite."""
        return self.family, tuple(sorted(self.told.items())), self.seed

    @property
    def rows(self) -> int:
        """How many rows it has: one for each policy, and one of the optimum for each backend."""
        return len(self.policies) + len(self.backends)


@dataclass(frozen=True)
class Suite:
    """A suite that was read.

    Parameters
    ----------
    name
        Its name.
    text
        The TOML file.
    tasks
        One for each instance, in the order of the file.
    traces
        The user's traces by format, for families that leave the path open.
    folder
        Where the paths in it start.
    """

    name: str
    text: str
    tasks: Sequence[Task]
    traces: Mapping[str, str]
    folder: Path

    @property
    def hash(self) -> str:
        """Equal for suites that run the same, if their files have the same contents."""
        content = [self.text, sorted(self.traces.items())]
        return hashlib.sha256(msgspec.json.encode(content)).hexdigest()

    @property
    def rows(self) -> int:
        """How many rows a whole run has."""
        return sum(task.rows for task in self.tasks)


def shipped() -> list[str]:
    """The names of the suites that come with the package."""
    folder = files("prefixsched.bench") / "suites"
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    )


def read_suite(name: str, traces: Mapping[str, str] | None = None) -> Suite:
    """Read a suite by the name of a shipped one, or by path.

    Parameters
    ----------
    name
        One of :func:`shipped`, or the path of a TOML file.
    traces
        Paths of traces by format.

    Raises
    ------
    InputError
        If there is none, or something in it is wrong.
    """
    names = shipped()
    if name in names:
        text = (files("prefixsched.bench") / "suites" / f"{name}.toml").read_text("utf-8")
        folder = Path()
    elif name.endswith(".toml"):
        text = read_text(name)
        folder = Path(name).parent
    else:
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
        raise InputError(f"suite: there is no {name!r}; {hint}, or give a .toml file")
    return parse_suite(text, name, folder, traces or {})


def parse_suite(
    text: str, source: str, folder: Path, traces: Mapping[str, str], *, stored: bool = False
) -> Suite:
    """Read a suite's text.

    Parameters
    ----------
    text
        TOML.
    source
        What messages call it.
    folder
        Where its paths start.
    traces
        Paths of traces by format.
    stored
        Whether it is that of results which somebody else may have made. Then
        nothing is imported that isn't registered here: such policies are left
        out, and so are families whose source is missing.

    Raises
    ------
    InputError
        If something in it is wrong.
    """
    try:
        content = tomllib.loads(text, parse_float=Decimal)
    except RecursionError as error:
        raise InputError(f"{source}: not TOML (nested too deeply); give plain lists") from error
    except ValueError as error:  # TOMLDecodeError is one, and so are numbers past all limits
        raise InputError(f"{source}: not TOML ({error}); mend the line") from error
    families = content.pop("family", None)
    head = read_table(f"{source}: ", content, schema.SUITE, ("family",))
    if not isinstance(families, list) or not families:
        raise InputError(f"{source}: no family; add a [[family]] table")
    settings = {key: value for key, value in head.items() if key in SETTINGS}
    makers = []
    for k, table in enumerate(families):
        where = f"{source}: family[{k}]"
        if not isinstance(table, dict):
            raise InputError(f"{where}: {shown(table)} is no table; write [[family]]")
        if stored and not _is_here(table):
            continue
        makers.append(_Family(where, table, settings, folder, traces, stored))
    count = sum(maker.count for maker in makers)
    if count > MOST_INSTANCES:
        raise InputError(f"{source}: asks for {count:,} instances; give {MOST_INSTANCES:,} or less")
    tasks = [task for maker in makers for task in maker.tasks()]
    if not tasks and not stored:
        raise InputError(
            f"{source}: no trace to run; give --trace FORMAT:FILE, as in mooncake:trace.jsonl"
        )
    seen = set()
    for task in tasks:
        if task.stream in seen:
            raise InputError(
                f"{source}: family {shown(task.family)} has the same instance twice; "
                "rename one family"
            )
        seen.add(task.stream)
    return Suite(str(head.get("name", Path(source).stem)), text, tasks, dict(traces), folder)


def _is_here(table: Mapping[str, Any]) -> bool:
    """Whether what a family's instances come from is registered."""
    return all(
        not isinstance(table.get(kind), str) or table[kind] in registry.available(group)
        for kind, group in GROUPS.items()
    )


class _Family:
    """One ``[[family]]`` table."""

    def __init__(
        self,
        where: str,
        table: Mapping[str, Any],
        given: Mapping[str, Any],
        folder: Path,
        traces: Mapping[str, str],
        stored: bool,
    ) -> None:
        self.where = where
        self.stored = stored
        self.table = table
        self.folder = folder
        self.traces = traces
        kinds = [kind for kind in SOURCES if kind in table]
        if len(kinds) != 1:
            raise InputError(f"{where}: give one of {', '.join(SOURCES)}")
        self.kind = kinds[0]
        takes = self._parameters()
        fields = {"name": schema.NAME, self.kind: SOURCES[self.kind], **SETTINGS}
        own = read_table(f"{where}.", table, fields, takes)
        # A family's list stands before the suite's one backend, and the other way round.
        others = BACKENDS if any(key in own for key in BACKENDS) else ()
        self.settings = {key: given[key] for key in given if key not in others} | own
        self.sources = self._sources(takes)

    @property
    def count(self) -> int:
        """How many instances it has."""
        return sum(
            len(seeds) * prod(len(values) for values in grid.values())
            for _, seeds, grid in self.sources
        )

    def tasks(self) -> list[Task]:
        """One for each instance of the family."""
        policies, backends = self._policies(), self._backends()
        nodes, seconds = self.settings.get("max-nodes"), self.settings.get("time-limit")
        made = []
        for source, seeds, grid in self.sources:
            names = list(grid)
            for values in product(*grid.values()):
                parameters = dict(zip(names, values, strict=True))
                path = parameters.get(PATHS[self.kind]) if self.kind in PATHS else None
                made += [
                    Task(
                        family=self.settings.get("name", source),
                        kind=self.kind,
                        source=source,
                        parameters=parameters,
                        seed=seed,
                        policies=policies,
                        backends=backends,
                        time_limit=None if seconds is None else float(seconds),
                        max_nodes=None if nodes is None else int(nodes),
                        path=None if path is None else str((self.folder / path).absolute()),
                    )
                    for seed in seeds
                ]
        return made

    def _sources(
        self, takes: Mapping[str, Callable[..., Any]]
    ) -> list[tuple[str, Sequence[int], dict[str, list[Any]]]]:
        """Each source with its seeds and its grid of parameters."""
        if self.kind == "files":
            return [(path, (0,), {"file": [path]}) for path in self.settings["files"]]
        name = self.settings[self.kind]
        grid = {
            key: value if isinstance(value, list) else [value]
            for key, value in self.table.items()
            if key in takes
        }
        for key, values in grid.items():
            field = schema.PATH
            if key != "path":
                field = schema.parameter_of(takes[key], key.replace("-", "_"))
            for value in values:  # which stays as it is written, for the rows
                field.read(f"{self.where}.{key}", value)
        if self.kind == "generator":
            seeds = self.settings.get("seeds", 1)
            return [(name, range(seeds) if isinstance(seeds, int) else seeds, grid)]
        if "path" not in grid:
            if name not in self.traces:
                return []
            grid["path"] = [self.traces[name]]
        return [(name, (0,), grid)]

    def _parameters(self) -> dict[str, Callable[..., Any]]:
        """What the source may be called with, with hyphens, and by whom each is taken."""
        if self.kind == "files":
            return {}
        where = f"{self.where}.{self.kind}"
        name = SOURCES[self.kind].read(where, self.table[self.kind])
        try:
            function = registry.load(GROUPS[self.kind], name)
        except InputError as error:
            raise InputError(f"{where}: {error}") from error
        also = set()
        if self.kind == "importer":
            function, also = to_instance, {"path"}
        names = set(inspect.signature(function).parameters) - {"seed", "name", "trace"}
        return {key.replace("_", "-"): function for key in names | also}

    def _policies(self) -> dict[str, str]:
        where = f"{self.where}.policies"
        found: dict[str, str] = {}
        for spec in self.settings.get("policies", ()):
            if self.stored and spec.partition(":")[0] not in registry.available("policies"):
                continue
            try:
                name = name_of(registry.create("policies", spec))
            except InputError as error:
                raise InputError(f"{where}: {error}") from error
            if name in found or name == OPTIMUM:
                raise InputError(f"{where}: {shown(name)} is there already; give it once")
            found[name] = spec
        if not found and not self.stored:
            raise InputError(f"{where}: none; {SETTINGS['policies'].mend}")
        return found

    def _backends(self) -> tuple[str, ...]:
        given = [key for key in BACKENDS if key in self.settings]
        if len(given) > 1:
            raise InputError(f"{self.where}: backend and backends are both there; give one of them")
        if not given:
            return ("auto",)
        (key,) = given
        value = self.settings[key]
        specs: list[str] = [value] if isinstance(value, str) else value
        found: dict[str, None] = {}
        for spec in specs:
            try:
                if spec != "auto":
                    registry.create("backends", spec)
            except InputError as error:
                raise InputError(f"{self.where}.{key}: {error}") from error
            if spec in found:
                raise InputError(f"{self.where}.{key}: {spec} is there already; give it once")
            found[spec] = None
        return tuple(found)
