"""Prints by how much a search raises the peak of its process: run by ``test_backend.py``."""

import resource
import sys
import time
from decimal import Decimal

from incumbents import known

import prefixsched as ps
from prefixsched.exact.dp import Dp
from prefixsched.exact.lru_problem import LruProblem
from prefixsched.generate.rasq import rasq
from prefixsched.model.instance import Cache
from prefixsched.model.problem import Problem
from prefixsched.runtime.limits import Limits

KIND, MEMORY = sys.argv[1], int(sys.argv[2])


def search(kind, users, memory, seconds):
    """Search for so long with so many bytes."""
    cache = "lru:14000" if kind == "lru" else "last"
    instance = rasq(users=users, per_user=6, load=Decimal("1.3"), seed=2, cache=cache)
    start = instance.by_age.tolist()
    limits = Limits(time.monotonic() + seconds, threads=2, memory=memory)
    if instance.cache is Cache.LRU:
        problem = LruProblem(instance)
        Dp().solve_lru(problem, limits, known(problem, start))
    elif kind == "mean":
        ps.solve(instance, objective="mean", time_limit=seconds, memory=memory)
    else:
        problem = Problem.of(instance)
        Dp().solve(problem, limits, known(problem, start))


def peak():
    """The most memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


search(KIND, 5, 2**20, 3)  # kernels are compiled, or read
before = peak()
search(KIND, 10, MEMORY, 15)
sys.stdout.write(f"{peak() - before}\n")
