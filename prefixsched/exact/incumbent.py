"""Incumbents: the best solution that a search has found, and a proven bound on all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Solution = TypeVar("Solution")


class Incumbent(Generic[Solution]):
    """The best solution so far, its value, and a bound that no solution can better.

    Parameters
    ----------
    measure
        The value of a solution, an integer; None for what isn't one.
    bound
        What is proven before.
    maximise
        Whether more is better; else less is.
    on_change
        Called without arguments whenever there is news.
    watched
        Whether somebody wants to see each piece of news as it comes: else the last will do.

    Attributes
    ----------
    best, value
        The best solution and its value; None before the first.
    bound
        Proven: no solution has a smaller value, or a greater one where more is better.
    nodes
        Search nodes so far.
    """

    def __init__(
        self,
        measure: Callable[[Solution], int | None],
        bound: int = 0,
        *,
        maximise: bool = False,
        on_change: Callable[[], None] = lambda: None,
        watched: bool = False,
    ) -> None:
        self.measure = measure
        self.bound = bound
        self.maximise = maximise
        self.on_change = on_change
        self.watched = watched
        self.best: Solution | None = None
        self.value: int | None = None
        self.nodes = 0

    @property
    def closed(self) -> bool:
        """Whether the best solution is proven to be that."""
        if self.value is None:
            return False
        return self.value >= self.bound if self.maximise else self.value <= self.bound

    @property
    def interval(self) -> tuple[int | None, int | None]:
        """The least and the greatest that the best value can be."""
        return (self.value, self.bound) if self.maximise else (self.bound, self.value)

    def begin(self, solution: Solution, value: int) -> None:
        """Start from a solution whose value is known: to measure it takes as long as a search."""
        self.best, self.value = solution, value

    def take(self, solution: Solution) -> bool:
        """Keep a solution if it is the best, and say nothing; whether it is."""
        value = self.measure(solution)
        if value is None:
            return False
        if self.value is None or (value > self.value if self.maximise else value < self.value):
            self.best, self.value = solution, value
            return True
        return False

    def offer(self, solution: Solution) -> bool:
        """Keep a solution if it is the best; whether it is."""
        better = self.take(solution)
        if better:
            self.on_change()
        return better

    def raise_bound(self, bound: int) -> bool:
        """Take up a proven bound; whether it is sharper than the last."""
        sharper = bound < self.bound if self.maximise else bound > self.bound
        if sharper:
            self.bound = bound
            self.on_change()
        return sharper

    def report(self, nodes: int) -> None:
        """Tell of so many search nodes."""
        self.nodes = nodes
        self.on_change()
