"""What a run may still spend."""

from __future__ import annotations

from prefixsched.exact.backend import Run

ARCS_A_SECOND = 2_000_000
"""Arcs made a second, on a slow machine."""
MANY = 2**62


class Budget:
    """The limits of ``run``, and the search nodes charged to it so far."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.nodes = 0

    def charge(self, nodes: int) -> None:
        """Count ``nodes`` more."""
        self.nodes += nodes

    @property
    def left(self) -> int | None:
        """Nodes left, at least 0; None for no limit."""
        most = self.run.max_nodes
        return None if most is None else max(0, most - self.nodes)

    @property
    def spent(self) -> bool:
        """Whether the time is up or no node is left."""
        return self.run.expired or self.left == 0

    @property
    def arcs(self) -> int:
        """Arcs of a graph that can be made and used in the time left."""
        left = self.run.remaining
        return MANY if left is None else int(left * ARCS_A_SECOND)

    def at_most(self, nodes: int) -> int:
        """``nodes``, or what is left where that is less."""
        return nodes if self.left is None else min(nodes, self.left)
