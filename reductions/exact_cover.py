"""3-PARTITION solved directly, as an exact cover by triples."""

from __future__ import annotations

from collections import Counter, defaultdict

from reductions.problem import ThreePartition, Triples


class UndecidedError(Exception):
    """The work allowed was spent before the answer was known."""


def solve(problem: ThreePartition, *, work: float | None = None) -> Triples | None:
    """Find a partition into triples of sum B, or prove that there is none.

    Equal sizes are interchangeable. So a variable for each multiset of three
    sizes with sum B says how often it is used, and each size is used as often
    as it occurs: an exact cover with multiplicities, which CP-SAT decides in
    integers. One worker and no clock: the same problem gives the same answer.

    Parameters
    ----------
    problem
        The sizes.
    work
        CP-SAT's deterministic time to spend; None for as long as it takes.

    Returns
    -------
    list or None
        m triples of positions; None where there is no partition.

    Raises
    ------
    UndecidedError
        If ``work`` is spent first.
    """
    from ortools.sat.python import cp_model

    available = Counter(problem.items)
    model = cp_model.CpModel()
    used = {
        triple: model.new_int_var(0, problem.m, "×".join(map(str, triple)))
        for triple in patterns(problem)
    }
    for size, count in available.items():
        model.add(sum(triple.count(size) * times for triple, times in used.items()) == count)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    if work is not None:
        solver.parameters.max_deterministic_time = work
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return None
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise UndecidedError(f"{problem.m} triples of sum {problem.bound}")
    places = defaultdict(list)
    for i, size in enumerate(problem.items):
        places[size].append(i)
    triples = [
        tuple(places[size].pop() for size in triple)
        for triple, times in used.items()
        for _ in range(solver.value(times))
    ]
    return [(a, b, c) for a, b, c in triples]


def patterns(problem: ThreePartition) -> list[tuple[int, int, int]]:
    """The multisets a ≤ b ≤ c of three sizes that occur often enough, with sum B."""
    available = Counter(problem.items)
    sizes = sorted(available)
    found = []
    for k, a in enumerate(sizes):
        for b in sizes[k:]:
            triple = (a, b, problem.bound - a - b)
            if triple[2] >= b and not Counter(triple) - available:
                found.append(triple)
    return found
