"""Statuses of answers: how far each goes."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """How far an answer goes."""

    OPTIMAL = "optimal"
    """The schedule is best possible, and proven so."""
    FEASIBLE = "feasible"
    """There is a schedule; for a decision that answers it."""
    RELAXED = "relaxed"
    """There is a schedule in which all but the share given up meet the bound."""
    INFEASIBLE = "infeasible"
    """Proven: no schedule lets as many queries meet the bound as were asked for."""
    UNKNOWN = "unknown"
    """The limit came before an answer."""
