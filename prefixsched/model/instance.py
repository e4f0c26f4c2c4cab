"""The immutable problem instance."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.cost import MAX_NUMBER, MAX_TICKS, CostModel, Potential, Table
from prefixsched.model.display import Displayed, Records, name_text, query_count, rows_of
from prefixsched.model.errors import InputError
from prefixsched.model.integers import integer, integers
from prefixsched.model.prompts import Prompts

if TYPE_CHECKING:
    from prefixsched.model.trie import Trie

NO_ALLOWANCE = -1
_UNIT = re.compile(r"[\w /%°'.-]{0,20}")
"""A unit stands after every number, in figures too."""


class Cache(StrEnum):
    """What stays cached: the prompt processed ``last``, everything (``unbounded``), or ``lru``.

    ``lru`` is a radix cache of so many tokens that evicts what was used least
    recently; :mod:`prefixsched.verifier.caches` has its exact rules.
    """

    LAST = "last"
    UNBOUNDED = "unbounded"
    LRU = "lru"


@dataclass(frozen=True, eq=False, repr=False)
class Instance(Displayed):
    """n queries for one server that prefills one prompt at a time.

    Parameters
    ----------
    name
        What reports and schedule files call the instance.
    ids
        n distinct names, in file order.
    arrival
        ``[n]``; release times in ticks.
    prompts
        n prompts; may be empty where ``cost`` is a :class:`~prefixsched.model.cost.Table`.
    cost
        The prefill cost model.
    cache
        What stays cached.
    capacity
        Tokens that an ``lru`` cache holds; None for the others.
    allowance
        ``[n]``; each query's own TTFT bound in ticks, ``NO_ALLOWANCE`` where it has none.
    time_unit
        What a tick is; for display alone.
    meta
        Anything, kept and written back.

    Raises
    ------
    InputError
        If the columns disagree, a value is out of range, or sums of times
        could leave 64 bits.
    """

    name: str
    ids: Sequence[str]
    arrival: IntArray
    prompts: Prompts
    cost: CostModel = field(default_factory=Potential)
    cache: Cache = Cache.LAST
    allowance: IntArray | None = None
    time_unit: str = "tick"
    meta: Mapping[str, Any] = field(default_factory=dict)
    capacity: int | None = None

    def __post_init__(self) -> None:
        self._check_types()
        n = len(self.ids)
        if n == 0:
            raise InputError("queries: the instance is empty; give at least one query")
        if len(self.arrival) != n or len(self.prompts) != n:
            raise InputError(
                f"queries: {n} ids, {len(self.arrival)} arrivals and {len(self.prompts)} prompts; "
                "give one of each per query"
            )
        if len(set(self.ids)) != n:
            double = next(name for name, count in Counter(self.ids).items() if count > 1)
            raise InputError(f"queries: the id {double!r} appears twice; ids must be unique")
        if self.allowance is None:
            object.__setattr__(self, "allowance", np.full(n, NO_ALLOWANCE, dtype=np.int64))
        elif len(self.allowance) != n:
            raise InputError(f"ttft: {len(self.allowance)} entries for {n} queries; give one each")
        elif int(self.allowance.min()) < NO_ALLOWANCE:
            j = int(self.allowance.argmin())
            raise InputError(
                f"queries[{j}].ttft: negative; give 0 or more, or {NO_ALLOWANCE} for none"
            )
        if isinstance(self.cost, Table):
            if len(self.cost.start) != n:
                raise InputError(
                    f"cost.start: {len(self.cost.start)} entries for {n} queries; give one each"
                )
        elif not np.all(self.length > 0):
            j = int(np.argmin(self.length))
            raise InputError(f"queries[{j}].prompt: empty; give at least one token")
        if _UNIT.fullmatch(self.time_unit) is None:
            raise InputError(f"time_unit: {self.time_unit!r:.40}; give a short word, like us")
        self._check_cache()
        if int(self.arrival.min()) < 0:
            j = int(self.arrival.argmin())
            raise InputError(f"queries[{j}].arrival: negative; time starts at tick 0")
        assert self.allowance is not None
        for column in (self.arrival, self.allowance):
            column.flags.writeable = False
        self._check_range()

    def _check_types(self) -> None:
        """Take whole numbers of every integer type, and refuse what only looks like them."""
        wanted: tuple[tuple[str, Any, str], ...] = (
            ("name", str, "str"),
            ("time_unit", str, "str"),
            ("prompts", Prompts, "Prompts, as from Prompts.from_segments"),
            ("cost", CostModel, "Potential, Rectangular or Table"),
        )
        for named, kind, what in wanted:
            if not isinstance(getattr(self, named), kind):
                raise InputError(f"{named}: {getattr(self, named)!r:.40}; give a {what}")
        if not all(isinstance(name, str) for name in self.ids):
            k = next(k for k, name in enumerate(self.ids) if not isinstance(name, str))
            raise InputError(f"queries[{k}].id: {self.ids[k]!r:.40}; give a str")
        for column in ("arrival", "allowance"):
            if getattr(self, column) is not None:
                values = integers(column, getattr(self, column))
                # The caller's own array stays writable; one that can't be written is nobody's.
                object.__setattr__(
                    self, column, values.copy() if values.flags.writeable else values
                )
        try:
            object.__setattr__(self, "cache", Cache(self.cache))
        except ValueError as error:
            raise InputError(f"cache: {self.cache!r:.40}; give last, unbounded or lru") from error
        if self.capacity is not None:
            capacity = integer("cache.capacity", self.capacity)
            object.__setattr__(self, "capacity", capacity)

    def _check_cache(self) -> None:
        """Refuse a capacity without an ``lru`` cache, or such a cache without its capacity."""
        if self.cache is not Cache.LRU:
            if self.capacity is not None:
                raise InputError(f"cache.capacity: the cache {self.cache} has none; leave it out")
            return
        if self.capacity is None or not 0 <= self.capacity <= MAX_NUMBER:
            raise InputError(f"cache.capacity: {self.capacity}; give 0 to 2^53 tokens")
        if isinstance(self.cost, Table):
            raise InputError("cache: lru caches tokens, and a table has none; use last")

    def _check_range(self) -> None:
        """Refuse an instance whose schedules could end past ``MAX_TICKS``."""
        longest = int(self.length.max())
        if longest > MAX_NUMBER or int(self.prompts.lengths.sum(dtype=np.float64)) > MAX_TICKS:
            raise InputError("queries: prompt lengths sum past 2^53 tokens; use shorter prompts")
        if isinstance(self.cost, Table):
            worst = np.maximum(self.cost.start, self.cost.matrix.max(axis=0))
            work = sum(map(int, worst))
        else:
            work = self.cost.worst(longest) * self.n
            if work >= MAX_TICKS:  # the crude product is too much; is the sum?
                unique, count = np.unique(self.length, return_counts=True)
                work = sum(
                    self.cost.worst(int(x)) * int(c) for x, c in zip(unique, count, strict=True)
                )
        if int(self.arrival.max()) + work >= MAX_TICKS:
            raise InputError("queries: times could sum past 2^62 ticks; use a coarser tick")

    @property
    def n(self) -> int:
        """The number of queries."""
        return len(self.ids)

    @property
    def cache_name(self) -> str:
        """The cache as options spell it: ``last``, ``unbounded`` or ``lru:CAPACITY``."""
        return str(self.cache) if self.capacity is None else f"{self.cache}:{self.capacity}"

    @property
    def length(self) -> IntArray:
        """``[n]``; prompt lengths in tokens."""
        return self.prompts.length

    @cached_property
    def trie(self) -> Trie:
        """The radix trie of the prompts, built at first use."""
        from prefixsched.model.trie import Trie

        return Trie.build(self.prompts)

    @cached_property
    def by_age(self) -> IntArray:
        """``[n]``; queries by arrival, then file order: the order in which ties end."""
        return np.argsort(self.arrival, kind="stable")

    @cached_property
    def index(self) -> dict[str, int]:
        """Each id's position."""
        return {name: j for j, name in enumerate(self.ids)}

    @property
    def has_allowances(self) -> bool:
        """Whether any query states its own TTFT bound."""
        assert self.allowance is not None
        return bool((self.allowance != NO_ALLOWANCE).any())

    def _headline(self) -> str:
        first, last = int(self.arrival.min()), int(self.arrival.max())
        return (
            f"{name_text(self.name)}: {query_count(self.n)}, arriving from {first:,} to {last:,} "
            f"{self.time_unit}; cost {self.cost.name}, cache {self.cache_name}"
        )

    def _records(self, most: int | None) -> Records:
        assert self.allowance is not None
        own = [None if ticks == NO_ALLOWANCE else ticks for ticks in self.allowance[:most].tolist()]
        return rows_of(
            {
                "id": self.ids[:most],
                "arrival": self.arrival[:most].tolist(),
                "prompt_tokens": self.length[:most].tolist(),
                "ttft_slo": own,
            }
        )

    def _size(self) -> int:
        return self.n

    def select(self, queries: IntArray, name: str | None = None) -> Instance:
        """The sub-instance of ``queries``, in that order."""
        assert self.allowance is not None
        cost = self.cost
        if isinstance(cost, Table):
            cost = replace(
                cost, start=cost.start[queries], matrix=cost.matrix[np.ix_(queries, queries)]
            )
        return replace(
            self,
            name=self.name if name is None else name,
            ids=[self.ids[j] for j in queries],
            arrival=self.arrival[queries],
            prompts=self.prompts.select(queries),
            cost=cost,
            allowance=self.allowance[queries],
        )
