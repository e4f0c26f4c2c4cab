"""The file format ``prefixsched-instance/1``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import repeat
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import UNSET, Meta, Struct, UnsetType

from prefixsched.io.decode import decode
from prefixsched.io.files import read_utf8, write_bytes
from prefixsched.io.mistaken import mended
from prefixsched.model.arguments import check_instance
from prefixsched.model.cost import MAX_NUMBER, CostModel, Potential, Rectangular, Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import NO_ALLOWANCE, Cache, Instance
from prefixsched.model.prompts import Name, Prompts

FORMAT: Literal["prefixsched-instance/1"] = "prefixsched-instance/1"

Ticks = Annotated[int, Meta(ge=0, le=MAX_NUMBER)]
Tokens = Annotated[int, Meta(ge=1, le=MAX_NUMBER)]
Coefficient = Annotated[
    Decimal, Meta(extra_json_schema={"type": "number", "minimum": 0, "format": "decimal"})
]


class LinearFile(Struct, tag_field="model", tag="linear", forbid_unknown_fields=True):
    """p = F(L) - F(overlap), F(L) = round(token L)."""

    token: Coefficient = Decimal(1)
    attention: Coefficient = Decimal(0)


class CausalFile(Struct, tag_field="model", tag="causal", forbid_unknown_fields=True):
    """p = F(L) - F(overlap), F(L) = round(token L + attention L^2)."""

    token: Coefficient = Decimal(1)
    attention: Coefficient = Decimal(0)


class RectangularFile(Struct, tag_field="model", tag="rectangular", forbid_unknown_fields=True):
    """p = round((L - overlap)(token + attention L))."""

    token: Coefficient = Decimal(1)
    attention: Coefficient = Decimal(0)


class TableFile(Struct, tag_field="model", tag="table", forbid_unknown_fields=True):
    """Set-up times given outright: row the previous query, column the next."""

    start: list[Ticks]
    matrix: list[list[Ticks]]
    setup: Literal["standard", "anticipatory"] = "standard"


class LastFile(Struct, tag_field="policy", tag="last", forbid_unknown_fields=True):
    """The prompt processed last stays cached."""


class UnboundedFile(Struct, tag_field="policy", tag="unbounded", forbid_unknown_fields=True):
    """Every prompt processed stays cached."""


class LruFile(Struct, tag_field="policy", tag="lru", forbid_unknown_fields=True):
    """At most so many tokens stay cached; those used least recently make room."""

    capacity: Ticks


class QueryFile(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """One query: its prompt as segments [label, length] or as token ids."""

    id: str
    arrival: Ticks
    prompt: Annotated[list[tuple[str, Tokens]], Meta(min_length=1)] | UnsetType = UNSET
    tokens: Annotated[list[Ticks], Meta(min_length=1)] | UnsetType = UNSET
    ttft: Ticks | UnsetType = UNSET


class InstanceFile(Struct, forbid_unknown_fields=True):
    """A stream of queries for one prefill server."""

    format: Literal["prefixsched-instance/1"]
    queries: Annotated[list[QueryFile], Meta(min_length=1)]
    name: str = "instance"
    time_unit: str = "tick"
    cost: LinearFile | CausalFile | RectangularFile | TableFile = msgspec.field(
        default_factory=LinearFile
    )
    cache: LastFile | UnboundedFile | LruFile = msgspec.field(default_factory=LastFile)
    meta: dict[str, Any] = msgspec.field(default_factory=dict)


CACHES = {LastFile: Cache.LAST, UnboundedFile: Cache.UNBOUNDED, LruFile: Cache.LRU}


def read_instance(path: str | Path) -> Instance:
    """Read an instance file, gzipped or not; ``-`` reads standard input.

    Raises
    ------
    InputError
        If the file can't be read or isn't a valid instance.
    """
    return parse_instance(read_utf8(path), path)


def parse_instance(raw: bytes, source: str | Path = "instance") -> Instance:
    """Build an instance from the bytes of an instance file.

    Raises
    ------
    InputError
        If they aren't a valid instance; the message begins with ``source``.
    """
    try:
        file = decode(raw, InstanceFile, source)
    except InputError as error:
        mend = mended(raw)
        raise error if mend is None else InputError(f"{source}: {mend}") from error
    try:
        return _instance(file)
    except InputError as error:
        raise InputError(f"{source}: {error}") from error


def _instance(file: InstanceFile) -> Instance:
    cost = cost_model(file.cost)
    queries = file.queries
    return Instance(
        name=file.name,
        ids=tuple(query.id for query in queries),
        arrival=np.array([query.arrival for query in queries], dtype=np.int64),
        prompts=Prompts.from_columns(
            _columns(k, query, optional=isinstance(cost, Table)) for k, query in enumerate(queries)
        ),
        cost=cost,
        cache=CACHES[type(file.cache)],
        capacity=file.cache.capacity if isinstance(file.cache, LruFile) else None,
        allowance=np.array(
            [NO_ALLOWANCE if query.ttft is UNSET else query.ttft for query in queries],
            dtype=np.int64,
        ),
        time_unit=file.time_unit,
        meta=file.meta,
    )


def _columns(k: int, query: QueryFile, *, optional: bool) -> Iterable[Iterable[Name]]:
    """The labels of a prompt, and their lengths."""
    if query.prompt is not UNSET:
        if query.tokens is not UNSET:
            raise InputError(f"queries[{k}]: both prompt and tokens; give one of them")
        return zip(*query.prompt, strict=True)
    if query.tokens is not UNSET:
        return query.tokens, repeat(1, len(query.tokens))
    if optional:
        return (), ()
    raise InputError(f"queries[{k}]: no prompt; give prompt or tokens")


def cost_model(file: LinearFile | CausalFile | RectangularFile | TableFile) -> CostModel:
    """The cost that a cost block states.

    Raises
    ------
    InputError
        If a coefficient is out of range, or columns disagree.
    """
    if isinstance(file, TableFile):
        n = len(file.start)
        for row, times in enumerate(file.matrix):
            if len(times) != n:
                raise InputError(
                    f"cost.matrix[{row}]: {len(times)} entries, but cost.start has {n}; give {n}"
                )
        return Table(
            np.array(file.start, dtype=np.int64),
            np.array(file.matrix, dtype=np.int64).reshape(len(file.matrix), n),
            file.setup == "anticipatory",
        )
    if isinstance(file, RectangularFile):
        return Rectangular(file.token, file.attention)  # type: ignore[arg-type]  # read exactly
    if isinstance(file, LinearFile) and file.attention != 0:
        raise InputError("cost.attention: not 0 under the linear model; use causal or rectangular")
    return Potential(file.token, file.attention)  # type: ignore[arg-type]  # read exactly


def format_instance(instance: Instance) -> bytes:
    """The bytes of an instance file; the same instance gives the same bytes."""
    cost = cost_fields(instance.cost)
    assert instance.allowance is not None
    lines = []
    for j, (name, arrival, allowance) in enumerate(
        zip(instance.ids, instance.arrival.tolist(), instance.allowance.tolist(), strict=True)
    ):
        query: dict[str, Any] = {"id": name, "arrival": arrival}
        segments = instance.prompts.segments(j)
        if segments and all(isinstance(label, int) for label, _ in segments):
            query["tokens"] = [label for label, _ in segments]
        elif segments:
            query["prompt"] = segments
        if allowance != NO_ALLOWANCE:
            query["ttft"] = allowance
        lines.append(msgspec.json.encode(query))
    head = {
        "format": FORMAT,
        "name": instance.name,
        "time_unit": instance.time_unit,
        "cost": cost,
        "cache": _cache_fields(instance),
    }
    if instance.meta:
        head["meta"] = instance.meta
    encoded = msgspec.json.encode(head)
    return encoded[:-1] + b',"queries":[\n' + b",\n".join(lines) + b"\n]}\n"


def write_instance(instance: Instance, path: str | Path) -> None:
    """Write an instance file atomically; gzipped where the name ends in ``.gz``.

    Raises
    ------
    InputError
        If ``instance`` is none, or the file can't be written.
    """
    check_instance(instance)
    write_bytes(path, format_instance(instance))


def _cache_fields(instance: Instance) -> Mapping[str, Any]:
    policy = {"policy": str(instance.cache)}
    return policy if instance.capacity is None else {**policy, "capacity": instance.capacity}


def cost_fields(cost: CostModel) -> Mapping[str, Any]:
    """The cost block of an instance file, its numbers as exact decimals."""
    if isinstance(cost, Table):
        table = {
            "model": "table",
            "start": cost.start.tolist(),
            "matrix": cost.matrix.tolist(),
        }
        return table | {"setup": "anticipatory"} if cost.anticipatory else table
    fields = {"model": cost.name, "token": number(cost.token)}
    if cost.attention:
        fields["attention"] = number(cost.attention)
    return fields


def number(value: Fraction) -> int | msgspec.Raw:
    """A coefficient as a JSON number that reads back as the same decimal.

    Raises
    ------
    InputError
        If the fraction has no finite decimal expansion.
    """
    if value.denominator == 1:
        return value.numerator
    rest, digits = value.denominator, 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest //= prime
            power += 1
        digits = max(digits, power)
    if rest != 1:
        raise InputError(f"cost: {value} ticks has no finite decimal; give the cost as a decimal")
    whole, rest = divmod((value * 10**digits).numerator, 10**digits)
    return msgspec.Raw(f"{whole}.{rest:0{digits}d}".encode())


def json_schema() -> bytes:
    """The JSON Schema of the instance file, as ``instances/schema.json`` holds it."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(InstanceFile),
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n"
