"""Percentile, goodput and mean of a few queries with the cache ``lru``: every order that counts."""

from __future__ import annotations

from collections.abc import Sequence

from prefixsched.exact.lru import STATE_BYTES, SUM_BYTES, twins_before
from prefixsched.exact.lru_problem import LruProblem, Runs, bits
from prefixsched.model.instance import NO_ALLOWANCE
from prefixsched.model.problem import NO_DEADLINE
from prefixsched.offline.incumbent import Verified
from prefixsched.runtime.limits import Limits

MOST_QUERIES = 10
"""Queries that are searched so: the caches that orders lead to are some ten thousand then."""
PAUSE = 64
"""States expanded between two looks at the clock: a few milliseconds."""

State = tuple[int, int, tuple[int, ...], Runs]
"""The time, the loss so far, the order that leads there, and what is cached."""


def close_few(incumbent: Verified, limits: Limits) -> None:
    """Close the interval of ``incumbent``, which holds an order, as far as limits allow.

    For a percentile, bisection: each bound is refuted, which raises the lower end past it, or
    met, which lowers the upper end to it; so the bracket shrinks in each round, and a
    search that a limit ended ends it.

    Parameters
    ----------
    incumbent
        What is known, of an instance with the cache ``lru``.
    limits
        Of all searches together.
    """
    instance, question = incumbent.instance, incumbent.question
    release, n = instance.arrival, instance.n
    latest = None if question.ceiling is None else (release + question.ceiling).tolist()
    search = _Orders(LruProblem(instance), limits, latest)
    assert incumbent.value is not None
    if question.objective.kind == "mean":
        found = search.least(incumbent.value, None)
        _learn(incumbent, search, found)
        if not search.over:
            incumbent.raise_bound(incumbent.value)
    elif question.objective.kind == "goodput":
        allowance = question.allowance
        assert allowance is not None
        due = [NO_DEADLINE if a == NO_ALLOWANCE else a for a in allowance.tolist()]
        due = [min(NO_DEADLINE, r + a) for r, a in zip(release.tolist(), due, strict=True)]
        found = search.least(n - incumbent.value, due)
        _learn(incumbent, search, found)
        if not search.over:
            incumbent.raise_bound(incumbent.value)
    else:
        spare = n - question.objective.rank(n)
        while not incumbent.settled and not search.over:
            middle = (incumbent.bound + incumbent.value - 1) // 2
            found = search.least(spare + 1, (release + middle).tolist())
            _learn(incumbent, search, found)
            if found is None and not search.over:
                incumbent.raise_bound(middle + 1)


def _learn(incumbent: Verified, search: _Orders, found: Sequence[int] | None) -> None:
    incumbent.backend, incumbent.nodes = "dp", search.expanded
    if found is not None:
        incumbent.offer_order(found)


class _Orders:
    """Layers of states by queries served: what is cached, and Pareto-least (time, loss).

    The loss of an order is its sum of TTFTs, or how many queries are late. Both rise
    with completions, and those with the time at which a state begins; so of two
    states with the same queries served and the same cache, one that is no earlier and has
    lost no less is dropped. For what makes caches the same see :func:`solve_lru
    <prefixsched.exact.lru.solve_lru>`. Of twins (ibid.) the first to arrive is served
    first where TTFTs are summed: to swap them leaves the sum as it is. Where the late
    are counted that holds of equal ones only (:mod:`prefixsched.offline.interchangeable_jobs`).

    Orders in which somebody ends after ``latest`` are left out: completions rise with the
    time at which a state begins, so none of the above is lost.

    Parameters
    ----------
    problem
        The queries.
    limits
        Of all searches together.
    latest
        ``[n]``; completions that nobody may be later than; None where there are none.
    """

    def __init__(
        self, problem: LruProblem, limits: Limits, latest: list[int] | None = None
    ) -> None:
        self.problem = problem
        self.limits = limits
        self.latest = [NO_DEADLINE] * problem.instance.n if latest is None else latest
        self.edges = problem.edges
        self.expanded = 0
        self.over = False

    def least(self, below: int, due: list[int] | None) -> tuple[int, ...] | None:
        """The order of the least loss, if that is less than ``below``.

        Parameters
        ----------
        below
            A loss that is of no use.
        due
            ``[n]``; deadlines, to count the late; None to sum TTFTs.
        """
        edges, n, instance = self.edges, self.problem.n, self.problem.instance
        before = twins_before(
            instance, edges.release if due is None else due, equal=due is not None
        )
        everyone = (1 << n) - 1
        layer: list[tuple[int, State]] = [(everyone, (0, 0, (), ()))]
        for _ in range(n):
            grown: dict[tuple[int, Runs], list[State]] = {}
            made = 0
            for left, (now, loss, order, runs) in layer:
                states = STATE_BYTES * (len(layer) + made) + SUM_BYTES * edges.remembered
                if not self._expand() or states > self.limits.memory:
                    self.over = True
                    return None
                cached = sum(runs)
                for j in bits(left):
                    if before[j] & left:
                        continue
                    end = max(now, edges.release[j]) + edges.cost(j, cached)
                    if end > self.latest[j]:
                        continue
                    lost = loss + (end - edges.release[j] if due is None else end > due[j])
                    rest = left & ~(1 << j)
                    if lost + self._still(rest, end, due) >= below:
                        continue
                    after = edges.serve(runs, j)
                    key = (rest, edges.compared(after, rest))
                    made += _keep(grown.setdefault(key, []), (end, lost, (*order, j), after))
            layer = [(left, state) for (left, _), group in grown.items() for state in group]
        best = min((state for _, state in layer), key=lambda state: state[1], default=None)
        return None if best is None else best[2]

    def _expand(self) -> bool:
        """Whether one more state may be expanded; it is counted."""
        most = self.limits.max_nodes
        if most is not None and self.expanded >= most:
            return False
        self.expanded += 1
        return self.expanded % PAUSE != 1 or not self.limits.expired

    def _still(self, left: int, now: int, due: list[int] | None) -> int:
        """What queries to come lose at least: each as if it were next, at its least cost."""
        release, least = self.edges.release, self.edges.work.least
        if due is None:
            return sum(max(now, release[j]) + least[j] - release[j] for j in bits(left))
        return sum(max(now, release[j]) + least[j] > due[j] for j in bits(left))


def _keep(group: list[State], state: State) -> int:
    """Add a state that none of ``group`` is as good as; by how many that makes it longer."""
    if any(other[0] <= state[0] and other[1] <= state[1] for other in group):
        return 0
    before = len(group)
    group[:] = [o for o in group if not (state[0] <= o[0] and state[1] <= o[1])]
    group.append(state)
    return len(group) - before
