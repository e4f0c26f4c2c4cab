"""Random 3-PARTITION instances whose answers are known: planted, obstructed, and just missed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np

from prefixsched.model.errors import InputError
from reductions.exact_cover import UndecidedError, solve
from reductions.problem import ThreePartition, size_range

MODULI = (4, 5, 7, 8, 11, 13, 3)
"""Tried in this order for instances that miss by one unit."""
ATTEMPTS = 200
"""Draws before giving up, where a draw has to be refuted by the direct solver."""
WORK = 1.0
"""Deterministic time of CP-SAT for each of them."""


@dataclass(frozen=True)
class Refutation:
    """Why there is no partition.

    Parameters
    ----------
    kind
        ``residues``: every size is ``residue`` modulo ``modulus``, so every triple
        sums to 3 ``residue``, and B is something else. ``strays``: all sizes but two
        are ``residue``, where 3 ``residue`` = B modulo ``modulus`` ≥ 3; those two,
        ``items``, are one more and one less. A triple with just one of them has a wrong
        sum modulo ``modulus``, so they are together, and no other size completes
        them to B. ``search``: CP-SAT found the exact cover infeasible.
    modulus, residue
        Of the argument; None for a search.
    items
        Positions of the strays, the larger residue first.
    """

    kind: Literal["residues", "strays", "search"]
    modulus: int | None = None
    residue: int | None = None
    items: tuple[int, int] | None = None

    def holds(self, problem: ThreePartition) -> bool:
        """Check the argument; a search is repeated."""
        if self.kind == "search":
            return solve(problem) is None
        assert self.modulus is not None
        assert self.residue is not None
        q, r, bound = self.modulus, self.residue, problem.bound
        off = {i: (size - r) % q for i, size in enumerate(problem.items) if (size - r) % q}
        if self.kind == "residues":
            return not off and (bound - 3 * r) % q != 0
        assert self.items is not None
        i, j = self.items
        third = bound - problem.items[i] - problem.items[j]
        others = [size for k, size in enumerate(problem.items) if k not in (i, j)]
        return (
            q >= 3 and off == {i: 1, j: q - 1} and (bound - 3 * r) % q == 0 and third not in others
        )

    def as_dict(self) -> dict[str, object]:
        """What an instance's ``meta`` keeps."""
        fields = {"kind": self.kind, "modulus": self.modulus, "residue": self.residue}
        strays = None if self.items is None else [i + 1 for i in self.items]
        return {k: v for k, v in {**fields, "items": strays}.items() if v is not None}


def planted(m: int, bound: int, rng: np.random.Generator) -> ThreePartition:
    """An instance with a partition: m random triples of sum ``bound``, shuffled.

    Raises
    ------
    InputError
        If no three integers between bound/4 and bound/2 have that sum.
    """
    _check(2, bound)
    drawn = _triples([bound] * m, bound, 1, 0, rng)
    assert drawn is not None
    return ThreePartition(_shuffled(drawn, rng))


def obstructed(m: int, bound: int, rng: np.random.Generator) -> tuple[ThreePartition, Refutation]:
    """An instance without a partition, and why there is none.

    For a prime q that divides m, let all sizes be r modulo q with 3r ≠ B: sums of
    B - x and B - x + q, x = (B - 3r) mod q, are drawn for the triples, in such
    numbers that they sum to m B. That can be: m x / q of them, as q divides m.
    Where sizes are too few for that, random ones are drawn until the direct
    solver refutes them.

    Raises
    ------
    InputError
        If there is none, or none was found.
    """
    _check(m, bound)
    for q in _prime_divisors(m):
        for r in rng.permutation(q).tolist():
            missing = (bound - 3 * r) % q
            if missing == 0:
                continue
            high = m * missing // q
            sums = [bound - missing + q] * high + [bound - missing] * (m - high)
            drawn = _triples(sums, bound, q, r, rng)
            if drawn is not None:
                found = ThreePartition(_shuffled(drawn, rng))
                return found, Refutation("residues", q, r)
    return _searched(m, bound, rng, 3 * m, "no")


def just_missed(m: int, bound: int, rng: np.random.Generator) -> tuple[ThreePartition, Refutation]:
    """An instance without a partition, one unit from one that has one.

    A partition is planted and one unit moved from one size to another. Where all
    planted sizes are alike modulo some q ≥ 3 the two strays can be told from the
    others, which refutes the result; elsewhere the direct solver has to.

    Raises
    ------
    InputError
        If there is none, or none was found.
    """
    _check(m, bound)
    least, most = size_range(bound)
    for q in MODULI:
        residues = [r for r in range(q) if (bound - 3 * r) % q == 0]
        for r in rng.permutation(residues).tolist():
            drawn = _triples([bound] * m, bound, q, r, rng)
            if drawn is None:
                continue
            sizes = list(_shuffled(drawn, rng))
            count = Counter(sizes)
            for i, j in rng.permutation(3 * m)[: 2 * (3 * m // 2)].reshape(-1, 2).tolist():
                third = bound - sizes[i] - sizes[j]
                spare = count[third] - (third == sizes[i]) - (third == sizes[j])
                if not spare and sizes[i] < most and sizes[j] > least:
                    sizes[i] += 1
                    sizes[j] -= 1
                    why = Refutation("strays", q, r, (i, j))
                    return ThreePartition(tuple(sizes)), why
    return _searched(m, bound, rng, 1, "near")


def _check(m: int, bound: int) -> None:
    """Refuse what has no triples, or nothing but triples of sum ``bound``."""
    least, most = size_range(bound)
    if not 3 * least <= bound <= 3 * most:
        raise InputError(
            f"b: no three integers between {bound}/4 and {bound}/2 sum to {bound}; "
            "give 3, 6, 7, or 9 or more"
        )
    if m < 2:
        raise InputError("m: one triple is always a yes; give 2 or more")


def _searched(
    m: int, bound: int, rng: np.random.Generator, moves: int, option: str
) -> tuple[ThreePartition, Refutation]:
    """Planted instances, ``moves`` units moved at random, until one is refuted."""
    least, most = size_range(bound)
    for _ in range(ATTEMPTS):
        sizes = list(planted(m, bound, rng).items)
        for _ in range(moves):
            i, j = rng.integers(3 * m, size=2).tolist()
            if i != j and sizes[i] < most and sizes[j] > least:
                sizes[i] += 1
                sizes[j] -= 1
        found = ThreePartition(tuple(sizes))
        try:
            if solve(found, work=WORK) is None:
                return found, Refutation("search")
        except UndecidedError:
            continue  # another draw may be easier to refute
    raise InputError(
        f"{option}: found no such instance of m = {m} and b = {bound}; give m from 2 and a larger b"
    )


def _triples(
    sums: list[int], bound: int, step: int, residue: int, rng: np.random.Generator
) -> list[int] | None:
    """Three random sizes for each of ``sums``, all ``residue`` modulo ``step``; None if none do."""
    least, most = size_range(bound)
    least += (residue - least) % step
    room = (most - least) // step
    drawn = list[int]()
    for total in sums:
        units, rest = divmod(total - 3 * least, step)
        if rest or not 0 <= units <= 3 * room:
            return None
        for behind in (2, 1, 0):  # how many are still to be drawn after this one
            low, high = max(0, units - behind * room), min(room, units)
            unit = int(rng.integers(low, high + 1))
            drawn.append(least + step * unit)
            units -= unit
    return drawn


def _shuffled(sizes: list[int], rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(rng.permutation(sizes).tolist())


def _prime_divisors(m: int) -> list[int]:
    return [
        q for q in range(2, m + 1) if m % q == 0 and all(q % p for p in range(2, int(q**0.5) + 1))
    ]
