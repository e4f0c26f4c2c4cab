"""3-PARTITION as a question about TTFT, and back: why the problem is strongly NP-hard.

**Theorem.** Let the cost be a potential, p = F(length) - F(overlap) with F
non-decreasing, integer, F(0) = 0 and unbounded, the cache the prompt processed
last, and the overlap capped at length - 1. To decide whether some schedule has
TTFT ≤ T for every query is NP-complete in the strong sense.

*In NP.* The certificate is the order of the queries. For a fixed order, serving
each query as early as possible makes every completion as early as possible (by
induction: C_k = max(C_{k-1}, r) + p grows with C_{k-1}, and p depends on the
order alone), so idling on purpose is of no use there. :func:`prefixsched.evaluate`
computes the completions with at most one sum, one maximum and one comparison of
prompts per query, on numbers whose digits are polynomial in the file's.

*Construction* (:func:`forward`). Given 3m sizes a_i, B/4 < a_i < B/2, of sum m B.
Choose token counts o < y with φ := F(o) ≥ 1 and w := F(y) - F(o) ≥ 1. A *family*
of size a is a queries whose prompts have y tokens: o in common, then y - o of their
own. No family shares a token with another.

- *Items*: one family of size a_i for each i. G := 3 φ + w B.
- *Separators*: m - 1 families of size 2, the pairs.
- T := m G + (m - 1)(φ + 2w). D_j := T + j G + (j - 1)(φ + 2w) + φ + w, j = 1 … m - 1.
- Items arrive at T. Pair j: its first query arrives at D_j - T, its second at D_j.
- *Guards*: two sets of queries that share nothing with any other and cost T to serve in
  families; one arrives at 0, the other at 2T. (One prompt of F(length) = T where there
  is one; otherwise one long prompt and families.)

*Lemma.* In any schedule the members of a family of size a cost v φ + a w, where v is the
number of *visits* to it, maximal runs of members in the order. For a member costs
F(y) - F(o) = w after another one: they share exactly o tokens, and o ≤ y - 1, so the cap
does not bite. After anything else, or first of all, it costs F(y) = φ + w, as it shares
nothing. So a family costs at least φ + a w, and exactly that if and only if it is served
in one visit. Every query costs at least w ≥ 1.

*A schedule with TTFT ≤ T gives a partition.*

1. The first guard arrives at 0, is due at T, and costs at least T. So it fills [0, T] and
   nothing else runs there; likewise the second fills [2T, 3T].
2. T < D_j < 2T: D_j ≥ D_1 > T, and 2T - D_{m-1} = G + w > 0 (insert the definitions).
   So all others end by 2T: items are due at 2T, first separators at D_j < 2T, second ones
   at D_j + T < 3T, and none can end within [2T, 3T]. By 1 they start at T or later.
3. By the lemma they cost at least Σ (φ + w a_i) + (m - 1)(φ + 2w) = T, all that there is
   between the guards. So the server never idles in [T, 2T], and each family has one visit.
4. The two of pair j are neighbours. The second one ends after D_j, as it arrives then and
   costs at least w ≥ 1; were it before the first one, the first one would end after D_j,
   when it is due. So the first ends by D_j, the second starts at D_j or later, and with no
   idling both happen at D_j: pair j fills [D_j - φ - w, D_j + w].
5. That leaves m gaps: the first is [T, D_1 - φ - w], of length G; between two pairs
   D_{j+1} - D_j - φ - 2w = G; the last is [D_{m-1} + w, 2T], of length G.
6. A family, having one visit, lies in one gap. Let k families, of total size A, fill a gap:
   k φ + w A = 3 φ + w B. With k ≤ 2, A < 2 B/2 = B and the left side is smaller. With
   k ≥ 4, A > 4 B/4 = B and it is larger. So k = 3 and A = B: each gap holds a triple.

*A partition gives such a schedule* (:func:`order_of`): guard, triple, pair, triple, …, pair,
triple, guard, each family in one visit. By the sums above all queries are served without
idling from 0 to 3T, each starts no earlier than it arrives, and everyone is on time.

*Size.* There are m B + 2 (m - 1) queries and the guards, and B is the value of a number:
the map is polynomial because 3-PARTITION is hard even where B is at most a polynomial in m.
φ, w, and the guards depend on F and T alone. (In a guard, a fall-back that always works is
a copy of the families of one block.)

**Linear cost**, F(L) = c L with an integer c ≥ 1. An item can be one query of a_i tokens that
shares nothing. It costs c a_i wherever it is, so with G := c B steps 1 to 5 hold as they
are, and in step 6 c A = c B leaves k = 3 as before. Now n = 3m + 2 (m - 1) + 2, whatever B is,
and as every prompt is a segment [label, length], the *file* is polynomial in m log B. Strong
hardness is needed no less: written as the token strings that an engine sees, a prompt is unary
in its length, and only B ≤ poly(m) keeps those strings polynomial.

Since the guards cost T, no schedule has a largest TTFT below T: the least possible one
is T if and only if the answer to 3-PARTITION is yes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from prefixsched.model.cost import MAX_NUMBER, Potential
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.verifier.schedule import evaluate
from reductions.guard import guard
from reductions.problem import ThreePartition, Triples
from reductions.queries import Query, instance_of
from reductions.tokens import Lengths

MOST_QUERIES = 10**6
"""Families of more queries than this in all are refused."""


@dataclass(frozen=True)
class Reduction:
    """The instance that a 3-PARTITION instance becomes, as times and as queries.

    Parameters
    ----------
    problem
        The sizes.
    lengths
        Prompts and prefixes of families, in tokens, and the cost.
    """

    problem: ThreePartition
    lengths: Lengths

    def __post_init__(self) -> None:
        members = sum(self.problem.items)
        if not self.lengths.additive and members > MOST_QUERIES:
            raise InputError(
                f"items: families of {members} queries in all; give sizes of sum "
                f"{MOST_QUERIES} at most, or no attention_time"
            )
        if 3 * self.ttft > MAX_NUMBER:
            raise InputError("items: times pass 2^53 ticks; give smaller sizes or a coarser tick")

    @cached_property
    def gap(self) -> int:
        """G, the ticks between two pairs of separators."""
        lengths, bound = self.lengths, self.problem.bound
        if lengths.additive:
            return lengths.cost.worst(bound)
        return 3 * lengths.shared + bound * lengths.own

    @property
    def pair(self) -> int:
        """φ + 2w, the ticks of two separators in one visit."""
        return self.lengths.shared + 2 * self.lengths.own

    @property
    def ttft(self) -> int:
        """T."""
        m = self.problem.m
        return m * self.gap + (m - 1) * self.pair

    def separation(self, j: int) -> int:
        """D_j, when pair j = 1 … m - 1 passes from its first query to its second."""
        first = self.lengths.shared + self.lengths.own
        return self.ttft + j * self.gap + (j - 1) * self.pair + first

    def item(self, i: int) -> list[Query]:
        """The queries of item i, counted from 0."""
        name, size = f"a{i + 1}", self.problem.items[i]
        if self.lengths.additive:
            return [(name, self.ttft, [(name, size)])]
        return self.lengths.family(name, [self.ttft] * size)

    def separators(self, j: int) -> list[Query]:
        """Pair j = 1 … m - 1, in the order of service."""
        at = self.separation(j)
        return self.lengths.family(f"s{j}", [at - self.ttft, at])

    def guard(self, k: int) -> list[Query]:
        """The first or second guard, k = 1 or 2."""
        return guard(self.lengths, f"g{k}", (k - 1) * 2 * self.ttft, self.ttft)

    def queries(self) -> Iterator[Query]:
        """All queries."""
        for i in range(len(self.problem.items)):
            yield from self.item(i)
        for j in range(1, self.problem.m):
            yield from self.separators(j)
        yield from self.guard(1)
        yield from self.guard(2)

    def instance(self, name: str, meta: Mapping[str, Any]) -> Instance:
        """The queries in order of arrival."""
        record = {
            "ttft": self.ttft,
            "items": list(self.problem.items),
            "prefix": self.lengths.prefix,
            "prompt": self.lengths.prompt,
        }
        return instance_of(name, self.queries(), self.lengths.cost, {**meta, **record})


def forward(
    problem: ThreePartition,
    cost: Potential | None = None,
    *,
    prefix: int | None = None,
    prompt: int | None = None,
    name: str = "three-partition",
    meta: Mapping[str, Any] | None = None,
) -> Instance:
    """Build the instance in which TTFT ≤ T is possible if and only if ``problem`` is a yes.

    Parameters
    ----------
    problem
        The sizes.
    cost
        One tick a token where not given. Where attention = 0 and a token takes a
        whole number of ticks, items are single queries, otherwise families.
    prefix, prompt
        o and y: the tokens that a family shares, and those of its prompts; the
        least that cost a tick more each where not given.
    name
        The instance's name.
    meta
        What else to keep in the instance's ``meta``, beside ``ttft`` (T), ``items``,
        ``prefix`` and ``prompt``.

    Raises
    ------
    InputError
        If the lengths do not do, or times pass 2^53 ticks.
    """
    lengths = Lengths.choose(Potential() if cost is None else cost, prefix, prompt)
    return Reduction(problem, lengths).instance(name, {} if meta is None else meta)


def reduction_of(instance: Instance) -> Reduction:
    """The reduction that ``instance`` is the result of, proven by repeating it.

    Raises
    ------
    InputError
        If its ``meta`` does not say so, or repeating it gives other queries.
    """
    meta, cost = instance.meta, instance.cost
    items, lengths = meta.get("items"), (meta.get("prefix"), meta.get("prompt"))
    whole = [*(items if isinstance(items, list) else [None]), *lengths]
    if not isinstance(cost, Potential) or any(type(number) is not int for number in whole):
        raise InputError(
            f"{instance.name}: meta: holds no 3-PARTITION instance; give a file of "
            "`prefixsched generate three-partition`"
        )
    assert isinstance(items, list)
    reduction = Reduction(ThreePartition(tuple(items)), Lengths.choose(cost, *lengths))
    if not _same_queries(instance, reduction.instance(instance.name, {})):
        raise InputError(
            f"{instance.name}: queries: not those that meta.items lead to; give the file as "
            "`prefixsched generate three-partition` wrote it"
        )
    return reduction


def _same_queries(one: Instance, other: Instance) -> bool:
    return (
        list(one.ids) == list(other.ids)
        and np.array_equal(one.arrival, other.arrival)
        and all(one.prompts.segments(j) == other.prompts.segments(j) for j in range(one.n))
        and one.cost == other.cost
        and one.cache is other.cache
    )


def recover(instance: Instance, order: Sequence[int]) -> Triples:
    """The partition that a schedule with TTFT ≤ T holds, by steps 4 to 6 of the proof.

    Parameters
    ----------
    instance
        A result of :func:`forward`.
    order
        A schedule, as positions of queries.

    Returns
    -------
    list
        m triples of positions in the items, from the first gap to the last.

    Raises
    ------
    InputError
        If the instance is no such result, or the schedule is late.
    """
    reduction = reduction_of(instance)
    schedule = evaluate(instance, order)
    if schedule.max_ttft > reduction.ttft:
        raise InputError(
            f"schedule: its largest TTFT is {schedule.max_ttft}, and only one within "
            f"T = {reduction.ttft} holds a partition; give one that "
            f"`prefixsched solve --ttft {reduction.ttft}` finds"
        )
    m = reduction.problem.m
    ends = [schedule.completion[instance.index[f"s{j}.2"]] for j in range(1, m)]
    gaps: list[list[int]] = [[] for _ in range(m)]
    for i in range(len(reduction.problem.items)):
        done = schedule.completion[instance.index[reduction.item(i)[0][0]]]
        gaps[sum(end < done for end in ends)].append(i)
    if not reduction.problem.solved_by(gaps):
        raise RuntimeError(f"{instance.name}: no partition within T; please report this")
    return [(a, b, c) for a, b, c in gaps]


def order_of(instance: Instance, triples: Sequence[Sequence[int]]) -> list[int]:
    """The schedule with TTFT ≤ T that a partition gives, as positions of queries.

    Raises
    ------
    InputError
        If the instance is no result of :func:`forward`, or ``triples`` no partition.
    """
    reduction = reduction_of(instance)
    if not reduction.problem.solved_by(triples):
        raise InputError("triples: no partition; give every item once, in triples of sum b")
    queries = reduction.guard(1)
    for j, triple in enumerate(triples):
        queries += reduction.separators(j) if j else []
        for i in triple:
            queries += reduction.item(i)
    queries += reduction.guard(2)
    return [instance.index[name] for name, _, _ in queries]
