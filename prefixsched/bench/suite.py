"""Suites: TOML files that say which instances and which policies to run."""

from __future__ import annotations

import difflib
import hashlib
import inspect
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from prefixsched import registry
from prefixsched.bench.row import OPTIMUM, Stream
from prefixsched.errors import InputError
from prefixsched.importers.trace import to_instance
from prefixsched.io.files import read_text
from prefixsched.policies.policy import name_of

BACKENDS = ("backend", "backends")
"""Two names of one setting: a single backend, or a list of them."""
SETTINGS = ("policies", "seeds", *BACKENDS, "time-limit", "max-nodes")
"""What a suite states for all its families, and a family for itself."""
SOURCES = ("generator", "importer", "files")
GROUPS: Mapping[str, registry.Kind] = {"generator": "generators", "importer": "importers"}


@dataclass(frozen=True)
class Task:
    """One instance and what to run on it; all of it can be sent to another process.

    Parameters
    ----------
    family
        The family's name.
    kind, source
        ``generator`` and its name, ``importer`` and its name, or ``files`` and a path.
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
    """

    name: str
    text: str
    tasks: Sequence[Task]
    traces: Mapping[str, str]

    @property
    def hash(self) -> str:
        """Equal for suites that run the same."""
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


def parse_suite(text: str, source: str, folder: Path, traces: Mapping[str, str]) -> Suite:
    """Read a suite's text; ``source`` is what messages call it, and paths start at ``folder``.

    Raises
    ------
    InputError
        If something in it is wrong.
    """
    try:
        content = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source}: not TOML ({error}); mend the line") from error
    _known(source, content, ("name", "description", "family", *SETTINGS))
    families = content.get("family")
    if not isinstance(families, list) or not families:
        raise InputError(f"{source}: no family; add a [[family]] table")
    given = {key: content[key] for key in SETTINGS if key in content}
    tasks: list[Task] = []
    for k, family in enumerate(families):
        where = f"{source}: family[{k}]"
        # A family's list stands before the suite's one backend, and the other way round.
        others = BACKENDS if any(key in family for key in BACKENDS) else ()
        settings = {key: value for key, value in given.items() if key not in others}
        tasks += _Family(where, settings | family, folder, traces).tasks()
    if not tasks:
        raise InputError(
            f"{source}: no trace to run; give --trace FORMAT:FILE, as in mooncake:trace.jsonl"
        )
    seen = set()
    for task in tasks:
        if task.stream in seen:
            raise InputError(
                f"{source}: family {task.family!r} has the same instance twice; rename one family"
            )
        seen.add(task.stream)
    return Suite(str(content.get("name", Path(source).stem)), text, tasks, dict(traces))


class _Family:
    """One ``[[family]]`` table."""

    def __init__(
        self, where: str, table: Mapping[str, Any], folder: Path, traces: Mapping[str, str]
    ) -> None:
        self.where = where
        self.table = table
        self.folder = folder
        self.traces = traces
        kinds = [kind for kind in SOURCES if kind in table]
        if len(kinds) != 1:
            raise InputError(f"{where}: give one of {', '.join(SOURCES)}")
        self.kind = kinds[0]

    def tasks(self) -> list[Task]:
        """One for each instance of the family."""
        made = []
        for source, seeds, grid in self._sources():
            names = list(grid)
            for values in product(*grid.values()):
                parameters = dict(zip(names, values, strict=True))
                made += [self._task(source, parameters, seed) for seed in seeds]
        return made

    def _sources(self) -> list[tuple[str, Sequence[int], dict[str, list[Any]]]]:
        """Each source with its seeds and its grid of parameters."""
        if self.kind == "files":
            _known(self.where, self.table, ("name", "files", *SETTINGS))
            paths = self.table["files"]
            if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
                raise InputError(f"{self.where}.files: not a list of paths; give one")
            return [(str(self.folder / path), (0,), {"file": [path]}) for path in paths]
        name = self.table[self.kind]
        if not isinstance(name, str):
            raise InputError(f"{self.where}.{self.kind}: not a name; give one in quotes")
        takes = self._parameters(name)
        _known(self.where, self.table, ("name", self.kind, *SETTINGS, *takes))
        grid = {
            key: value if isinstance(value, list) else [value]
            for key, value in self.table.items()
            if key in takes
        }
        if self.kind == "generator":
            return [(name, self._seeds(), grid)]
        if "path" not in grid:
            if name not in self.traces:
                return []
            grid["path"] = [self.traces[name]]
        else:
            grid["path"] = [str(self.folder / path) for path in grid["path"]]
        return [(name, (0,), grid)]

    def _parameters(self, name: str) -> set[str]:
        """What the source may be called with, with hyphens."""
        try:
            function = registry.load(GROUPS[self.kind], name)
        except InputError as error:
            raise InputError(f"{self.where}.{self.kind}: {error}") from error
        if self.kind == "importer":
            function = to_instance
        names = set(inspect.signature(function).parameters) - {"seed", "name", "trace"}
        if self.kind == "importer":
            names.add("path")
        return {key.replace("_", "-") for key in names}

    def _seeds(self) -> Sequence[int]:
        seeds = self.table.get("seeds", 1)
        if isinstance(seeds, int) and not isinstance(seeds, bool) and seeds >= 1:
            return range(seeds)
        if isinstance(seeds, list) and seeds and all(type(seed) is int for seed in seeds):
            return seeds
        raise InputError(f"{self.where}: seeds is {seeds!r}; give how many, or a list of them")

    def _task(self, source: str, parameters: dict[str, Any], seed: int) -> Task:
        return Task(
            family=str(self.table.get("name", source)),
            kind=self.kind,
            source=source,
            parameters=parameters,
            seed=seed,
            policies=self._policies(),
            backends=self._backends(),
            time_limit=self._limit("time-limit", float),
            max_nodes=self._limit("max-nodes", int),
        )

    def _policies(self) -> dict[str, str]:
        specs = self.table.get("policies", [])
        if not isinstance(specs, list) or not specs:
            raise InputError(f"{self.where}: no policies; give a list such as ['fcfs', 'lpm']")
        found: dict[str, str] = {}
        for spec in specs:
            try:
                name = name_of(registry.create("policies", str(spec)))
            except InputError as error:
                raise InputError(f"{self.where}.policies: {error}") from error
            if name in found or name == OPTIMUM:
                raise InputError(f"{self.where}.policies: {name} is there already; give it once")
            found[name] = str(spec)
        return found

    def _backends(self) -> tuple[str, ...]:
        given = [key for key in BACKENDS if key in self.table]
        if len(given) > 1:
            raise InputError(f"{self.where}: backend and backends are both there; give one of them")
        if not given:
            return ("auto",)
        (key,) = given
        specs = [self.table[key]] if key == "backend" else self.table[key]
        if not isinstance(specs, list) or not specs:
            raise InputError(f"{self.where}: no backends; give a list such as ['auto', 'dp']")
        found: dict[str, None] = {}
        for spec in map(str, specs):
            try:
                if spec != "auto":
                    registry.create("backends", spec)
            except InputError as error:
                raise InputError(f"{self.where}.{key}: {error}") from error
            if spec in found:
                raise InputError(f"{self.where}.{key}: {spec} is there already; give it once")
            found[spec] = None
        return tuple(found)

    def _limit(self, key: str, kind: type) -> Any:
        value = self.table.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
            raise InputError(f"{self.where}: {key} is {value!r}; give a number from 0")
        return kind(value)


def _known(where: str, table: Mapping[str, Any], names: Collection[str]) -> None:
    for key in table:
        if key not in names:
            close = difflib.get_close_matches(key, names, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(names))}"
            raise InputError(f"{where}: no key {key!r}; {hint}")
