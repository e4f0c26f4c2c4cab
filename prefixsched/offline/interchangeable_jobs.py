"""Equal queries: which of them miss makes no difference, so it is asked for one choice alone.

*Equal queries* have the same set-up times to and from all others (*twins*, see
:attr:`Problem.twins`), the same release and the same deadline. To swap the names of two
in a schedule gives a schedule with the same completions. Hence

- the queries that miss in a schedule may be the last of their kind, in any numbering; and
- to swap two in a core (:mod:`prefixsched.offline.tardy_set`) gives a core.

So it is enough to look for sets of misses that have with each query all that come
after it among its equals, and of a core that has k of a kind to keep the one with the first
k. Such a set hits that if and only if it hits all cores that come from it by swaps: if it has
none of k queries of a kind, it has no more than the others, and those are the last, so it has
none of the first k. For the same reason a core that such a set doesn't hit is a new one in
that form, too.

*Twins that arrive or are due at different times are not interchangeable.* Let two have
an allowance of 5, arrive at 0 and 1, and let the server be done with one at 6 and with the other
at 7. In order of arrival both are late; the other way round the second is on time. So the order
of arrival is no loss for a given set of misses only (:attr:`Problem.precedences`, where who may
miss has no deadline), and for the largest TTFT and the mean. Each decision uses that; but
which of such twins miss has to be asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.problem import Problem


@dataclass(frozen=True, eq=False)
class Interchangeable:
    """Kinds of equal queries.

    Parameters
    ----------
    kinds
        Those of two queries or more, each with who misses first at its end.
    """

    kinds: list[IntArray]

    @classmethod
    def of(cls, problem: Problem, due: IntArray, rank: IntArray) -> Interchangeable:
        """The kinds under deadlines; ``rank``, ``[n]``, is lowest for who shall miss first."""
        kinds: dict[tuple[int, int, int], list[int]] = {}
        for k, twins in enumerate(problem.twins):
            for j in twins:
                key = (k, int(problem.release[j]), int(due[j]))
                kinds.setdefault(key, []).append(j)
        several = [np.array(kind, dtype=np.int64) for kind in kinds.values() if len(kind) > 1]
        return cls([kind[np.argsort(-rank[kind])] for kind in several])

    @property
    def after(self) -> list[tuple[int, int]]:
        """Pairs (i, j): where i misses so does j."""
        return [pair for kind in self.kinds for pair in pairwise(kind.tolist())]

    def to(self, query: int) -> IntArray:
        """The query's equals, itself among them."""
        kinds = (kind for kind in self.kinds if query in kind)
        return next(kinds, np.array([query], dtype=np.int64))

    def first(self, core: IntArray) -> IntArray:
        """The core, sorted, with the first of each kind that it has some of."""
        inside = set(core.tolist())
        for kind in self.kinds:
            count = len(inside.intersection(kind.tolist()))
            inside.difference_update(kind[count:].tolist())
            inside.update(kind[:count].tolist())
        return np.array(sorted(inside), dtype=np.int64)
