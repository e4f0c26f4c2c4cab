"""Online policy protocol, and the view of the server that a policy gets."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeAlias

from prefixsched.arrays import IntArray
from prefixsched.model.display import Displayed, Records, rows_of
from prefixsched.model.errors import InputError
from prefixsched.plugins.registry import create
from prefixsched.plugins.user_classes import foreign

if TYPE_CHECKING:
    from prefixsched.model.cost import CostModel
    from prefixsched.model.instance import Cache, Instance
    from prefixsched.model.trie import Trie


class ServerState(Protocol):
    """What a view asks of the server that made it."""

    instance: Instance
    seen: IntArray
    computed: int
    computed_before: IntArray

    def ticks(self, queries: IntArray) -> IntArray:
        """How long each would take if it were served next."""
        ...

    def segment(self, queries: IntArray, k: int) -> IntArray:
        """The label of each prompt's k-th segment."""
        ...

    def recent(self, count: int) -> Instance:
        """The last queries that have arrived."""
        ...


@dataclass(frozen=True, eq=False, repr=False)
class View(Displayed):
    """The queue at the moment of a pick. Nothing of the future is in it.

    The arrays are aligned: entry i of each belongs to the query ``waiting[i]``.
    The properties are worked out when a policy asks for them.

    Parameters
    ----------
    now
        The clock, in ticks.
    picks
        How many queries were picked before; 0 when a run begins, where a policy
        that remembers anything starts afresh.
    waiting
        ``[w]``; the queries that have arrived and are not served, oldest first
        (by arrival, then file order); at least one. Those that arrived since the
        last pick are at the end.
    arrival
        ``[w]``; their arrivals in ticks.
    length
        ``[w]``; their prompt lengths in tokens.
    overlap
        ``[w]``; the tokens that each would find in the cache now, at most length - 1.
    """

    now: int
    picks: int
    waiting: IntArray
    arrival: IntArray
    length: IntArray
    overlap: IntArray
    _server: ServerState = field(default=None)  # type: ignore[assignment]  # a view made by hand has the columns alone

    def _headline(self) -> str:
        return f"at tick {self.now:,}: {len(self.waiting):,} waiting"

    def _records(self, most: int | None) -> Records:
        columns = {
            "query": self.waiting[:most].tolist(),
            "arrival": self.arrival[:most].tolist(),
            "prompt_tokens": self.length[:most].tolist(),
            "cached_tokens": self.overlap[:most].tolist(),
        }
        return rows_of(columns)

    def _size(self) -> int:
        return len(self.waiting)

    @property
    def wait(self) -> IntArray:
        """``[w]``; ticks since each arrived."""
        return self.now - self.arrival

    @property
    def uncached(self) -> IntArray:
        """``[w]``; the tokens that each would have to compute now."""
        return self.length - self.overlap

    @property
    def ticks(self) -> IntArray:
        """``[w]``; how long each would take if it were served now."""
        return self._server.ticks(self.waiting)

    @property
    def passes(self) -> IntArray:
        """``[w]``; picks since each was first seen; 0 for those that are new."""
        return self.picks - self._server.seen[self.waiting]

    @property
    def computed(self) -> IntArray:
        """``[w]``; tokens that the server prefilled since each was first seen."""
        return self._server.computed - self._server.computed_before[self.waiting]

    @property
    def allowance(self) -> IntArray:
        """``[w]``; their own TTFT allowances in ticks, ``NO_ALLOWANCE`` where they have none."""
        allowance = self._server.instance.allowance
        assert allowance is not None
        return allowance[self.waiting]

    @property
    def cost(self) -> CostModel:
        """The prefill cost model."""
        return self._server.instance.cost

    @property
    def cache(self) -> Cache:
        """What stays cached."""
        return self._server.instance.cache

    @cached_property
    def trie(self) -> Trie:
        """The radix trie of the waiting prompts alone; its prompt i is that of ``waiting[i]``."""
        return self._server.instance.trie.among(self.waiting)

    def segment(self, k: int) -> IntArray:
        """``[w]``; the label of each prompt's k-th segment, from 1, as a code.

        Prompts of fewer segments give their last one's; those of none give -1.
        """
        return self._server.segment(self.waiting, k)

    def recent(self, count: int) -> Instance:
        """The last ``count`` queries that have arrived, served or not, as an instance."""
        return self._server.recent(count)


class Policy(Protocol):
    """An online scheduler: one method that picks the next query to prefill.

    Where it has a ``name``, tables call it so, else by the name of its class.
    """

    def pick(self, view: View) -> int:
        """One of ``view.waiting``."""
        ...


OnePolicy: TypeAlias = str | Policy | type[Policy]
"""A name, as ``-p`` takes it; or an object with ``pick(view)``, or its class."""
Policies: TypeAlias = OnePolicy | Sequence[OnePolicy]
"""One or several."""


def listed(policies: Policies) -> Sequence[OnePolicy]:
    """Policies as a sequence, where one may be given by itself.

    Raises
    ------
    InputError
        If it is neither.
    """
    if isinstance(policies, str) or hasattr(policies, "pick"):
        return (policies,)
    if not isinstance(policies, Iterable):
        raise InputError(f"policies: {reprlib.repr(policies)} is none; give one, or a list of some")
    return tuple(policies)


def policy_of(policy: OnePolicy) -> Policy:
    """A policy that can be asked, whichever way it is given.

    Parameters
    ----------
    policy
        As ``-p`` takes it; or an object with ``pick(view)``, or its class.

    Raises
    ------
    InputError
        If there is no such policy, or it can't be made.
    """
    if isinstance(policy, str):
        made: Policy = create("policies", policy)
        return made
    if not callable(getattr(policy, "pick", None)):
        raise InputError(
            f"policy: {reprlib.repr(policy)} has no method pick(view); give an object or a class "
            "with one, or a name"
        )
    if isinstance(policy, type):
        with foreign(f"policy {policy.__name__}: making it"):
            return policy()
    return policy
