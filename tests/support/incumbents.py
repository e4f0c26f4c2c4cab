"""What is known before a backend begins."""

from prefixsched.exact.incumbent import Incumbent


def known(problem, start=None, lower=0, on_change=lambda: None):
    """An incumbent of a minimisation: an order, and a proven bound."""
    incumbent = Incumbent(problem.max_flow, lower, on_change=on_change)
    if start is not None:
        incumbent.take(start)
    return incumbent
