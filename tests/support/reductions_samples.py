"""3-PARTITION instances for tests, and a direct solver that is independent of the other."""

from hypothesis import strategies as st

from prefixsched.model.errors import InputError
from reductions.problem import ThreePartition, size_range


def backtrack(problem):
    """A partition into triples by plain backtracking, or None: the first free item picks two."""
    sizes = problem.items

    def extend(free):
        if not free:
            return []
        first, *rest = free
        for p, second in enumerate(rest):
            for third in rest[p + 1 :]:
                if sizes[first] + sizes[second] + sizes[third] == problem.bound:
                    left = [i for i in rest if i not in (second, third)]
                    found = extend(left)
                    if found is not None:
                        return [(first, second, third), *found]
        return None

    return extend(list(range(len(sizes))))


@st.composite
def partitions(draw, most_triples=4, bounds=st.integers(9, 60)):
    """A 3-PARTITION instance: planted triples, some units of which may have moved."""
    m, bound = draw(st.integers(1, most_triples)), draw(bounds)
    least, most = size_range(bound)
    sizes = []
    for _ in range(m):
        a = draw(st.integers(max(least, bound - 2 * most), min(most, bound - 2 * least)))
        b = draw(st.integers(max(least, bound - a - most), min(most, bound - a - least)))
        sizes += [a, b, bound - a - b]
    sizes = draw(st.permutations(sizes))
    for _ in range(draw(st.integers(0, 12))):
        i, j = draw(st.integers(0, 3 * m - 1)), draw(st.integers(0, 3 * m - 1))
        if i != j and sizes[i] < most and sizes[j] > least:
            sizes[i] += 1
            sizes[j] -= 1
    try:
        return ThreePartition(tuple(sizes))
    except InputError as error:  # the strategy is wrong then, not the problem
        raise AssertionError(error) from error


def moved(problem, moves, rng):
    """The same problem after random ``moves`` of one unit between two sizes, within their range."""
    least, most = size_range(problem.bound)
    sizes = list(problem.items)
    for _ in range(moves):
        i, j = rng.integers(len(sizes), size=2).tolist()
        if i != j and sizes[i] < most and sizes[j] > least:
            sizes[i] += 1
            sizes[j] -= 1
    return ThreePartition(tuple(sizes))
