"""Optima of small instances."""

from prefixsched.exact.brute import Brute
from prefixsched.model.problem import Problem
from prefixsched.runtime.limits import Limits
from prefixsched.verifier.schedule import evaluate


def optimum(instance):
    """The least possible largest TTFT, by enumeration."""
    order = Brute().solve(Problem.of(instance), Limits()).order
    return evaluate(instance, list(order)).max_ttft
