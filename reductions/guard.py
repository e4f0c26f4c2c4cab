"""Queries that fill a given time exactly, whatever the potential."""

from __future__ import annotations

from math import gcd

from reductions.queries import Query
from reductions.tokens import Lengths, least_length


def guard(lengths: Lengths, name: str, arrival: int, ticks: int) -> list[Query]:
    """Queries (id, arrival, prompt) that cost exactly ``ticks``, each family in one visit.

    One prompt of g tokens, p families and b members among them, with
    F(g) + p φ + b w = ticks and b ≥ p; F(0) = 0 where there is no such prompt. Of
    all g the largest is taken, so that there are few members. For one g, p φ ≡
    ticks - F(g) modulo w, whose least solution p ≥ 1 leaves most for b; fewer
    families with more members serve wherever more families would.

    Parameters
    ----------
    lengths
        Prompts and prefixes of families, and the cost.
    name
        What ids and labels begin with; no other query's may.
    arrival
        When all arrive.
    ticks
        Their least total work. It must be p φ + b w for some b ≥ p ≥ 1: then g = 0
        works at the latest.
    """
    potential, shared, own = lengths.cost.worst, lengths.shared, lengths.own
    common = gcd(shared, own)
    modulus = own // common
    inverse = pow(shared // common, -1, modulus)  # 0 where the modulus is 1
    longest = least_length(lambda tokens: potential(tokens) > ticks) - 1
    for tokens in range(longest, -1, -1):
        rest = ticks - potential(tokens)
        prompt = [(name, arrival, [(name, tokens)])]
        if rest == 0:
            return prompt
        if rest % common:
            continue
        families = rest // common * inverse % modulus or modulus
        members = (rest - families * shared) // own
        if members >= families:
            sizes = [1] * (families - 1) + [members - families + 1]
            filler = [
                query
                for k, size in enumerate(sizes, start=1)
                for query in lengths.family(f"{name}-{k}", [arrival] * size)
            ]
            return prompt * (tokens > 0) + filler
    raise ValueError(f"{ticks} ticks are no sum of families of {shared} + {own} each")
