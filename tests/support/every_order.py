"""Every schedule of a small instance by its outcomes, for tests: no engine takes part."""

from prefixsched.model.cost import Table
from prefixsched.model.instance import Cache, Instance
from prefixsched.verifier.schedule import evaluate


def outcomes(instance: Instance) -> list[tuple[int, ...]]:
    """Vectors of TTFTs, one for each way to serve all queries that isn't plainly worse.

    Extends prefixes query by query. Of prefixes that serve the same queries with the
    same one last (for an unbounded cache: the same queries), one whose clock and TTFTs
    are all no less than another's is dropped, as every objective here is monotone.
    """
    n = instance.n
    keep_last = instance.cache is Cache.LAST
    cost = pair_costs(instance)
    early = isinstance(instance.cost, Table) and instance.cost.anticipatory
    states = {(frozenset(), -1): [(0, (0,) * n)]}
    for _ in range(n):
        grown: dict = {}
        for (served, last), options in states.items():
            for j in set(range(n)) - served:
                sources = [last] if keep_last else [-1, *served]
                p = min(cost[i][j] for i in sources)
                r = int(instance.arrival[j])
                key = (served | {j}, j if keep_last else -1)
                for now, had in options:
                    end = max(now + p, r) if early else max(now, r) + p
                    grown.setdefault(key, set()).add((end, (*had[:j], end - r, *had[j + 1 :])))
        states = {key: _least(options) for key, options in grown.items()}
    return [had for options in states.values() for _, had in options]


def fewest_misses(instance: Instance, allowed: list[int]) -> int:
    """The least number of TTFTs over ``allowed``, by subsets: last query, misses, earliest end."""
    n, cost = instance.n, pair_costs(instance)
    keep_last = instance.cache is Cache.LAST
    early = isinstance(instance.cost, Table) and instance.cost.anticipatory
    states = {(frozenset(), -1, 0): 0}
    for _ in range(n):
        grown: dict = {}
        for (served, last, missed), now in states.items():
            for j in set(range(n)) - served:
                p = min(cost[i][j] for i in ([last] if keep_last else [-1, *served]))
                r = int(instance.arrival[j])
                end = max(now + p, r) if early else max(now, r) + p
                key = (served | {j}, j if keep_last else -1, missed + (end - r > allowed[j]))
                grown[key] = min(end, grown.get(key, end))
        states = grown
    return min(missed for _, _, missed in states)


def _least(options):
    kept = []
    for now, had in sorted(options):
        if not any(t <= now and all(map(int.__le__, other, had)) for t, other in kept):
            kept.append((now, had))
    return kept


def pair_costs(instance: Instance) -> list[list[int]]:
    """What each query costs right after each other; row -1 is the empty cache.

    A table says it itself; prompts' costs are the verifier's.
    """
    n = instance.n
    if isinstance(instance.cost, Table):
        return [*instance.cost.matrix.tolist(), instance.cost.start.tolist()]
    rows = [[0] * n for _ in range(n + 1)]
    for j in range(n):
        rows[n][j] = _cost(instance, [j])
        for i in range(n):
            if i != j:
                rows[i][j] = _cost(instance, [i, j])
    return rows


def _cost(instance: Instance, order: list[int]) -> int:
    rest = [j for j in range(instance.n) if j not in order]
    schedule = evaluate(instance, [*order, *rest])
    return schedule.completion[order[-1]] - schedule.start[order[-1]]
