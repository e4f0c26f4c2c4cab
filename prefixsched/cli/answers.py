"""Answers of ``solve`` in words, and their figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefixsched.cli import tables
from prefixsched.cli.reasons import reason
from prefixsched.io.escape import shown
from prefixsched.model.status import Status

if TYPE_CHECKING:
    from prefixsched.offline.result import Result

WORTH_TELLING = 0.05
"""Seconds of compiling that are told of apart."""
MOST_IDS = 12
"""How many queries of a core are named outside of --json."""


def sentence(result: Result) -> str:
    """The answer in words."""
    instance = result.instance
    if result.decision:
        says = _decision(result)
    elif result.objective.kind != "max":
        return f"{shown(instance.name)}: {_objective(result)}{reason(result)}"
    else:
        queries = tables.queries(instance.n)
        says = {
            "optimal": f"optimal; no order of the {queries} has a smaller largest TTFT.",
            "feasible": "not settled; the search ended with the optimum between the lower bound "
            "and the TTFT found.",
            "unknown": "unknown; the search ended before it found a schedule.",
        }
    return f"{shown(instance.name)}: {says[result.status]}{reason(result)}"


def _decision(result: Result) -> dict[str, str]:
    """What each answer says to the question that was asked."""
    if result.ttft_bound is None:
        bound, each = "its own allowance", "their own allowances"
    else:
        bound = each = f"{tables.count(result.ttft_bound)} {result.instance.time_unit}"
    says = {
        "feasible": f"feasible; every query can have its first token within {bound}.",
        "infeasible": f"infeasible; not every query can have its first token within {bound}."
        + core(result),
        "unknown": "unknown; the search ended before it was settled whether every query "
        f"can have its first token within {bound}.",
    }
    question = result.question
    if question == "decide":
        return says
    assert result.enough is not None
    n, late = result.instance.n, "" if question == "relax" else " or not all can"
    enough = f"{result.enough:,} of the {tables.queries(n)}"
    on_time = _on_time(result)
    have = "has its" if on_time == 1 else "have their"
    says["relaxed"] = (
        f"relaxed; {on_time:,} of the {tables.queries(n)} {have} first token within {each}, "
        f"where {result.enough:,} had to."
    )
    says["unknown"] = (
        f"unknown; the search ended before it was settled whether {enough} can have their first "
        f"token within {each}{late}."
    )
    if question == "promise":
        says["infeasible"] += (
            f"\nWhether {enough} can was not asked; --relax without --promise does."
        )
    else:
        _, most = result.value_bounds
        says["infeasible"] = (
            f"infeasible; no order has {enough} with a first token within {each}: at most "
            f"{tables.count(most)} can."
        )
    return says


def _objective(result: Result) -> str:
    """The answer in words, where the largest TTFT isn't the objective."""
    instance, goal = result.instance, result.objective
    unit, within = instance.time_unit, ""
    if result.ceiling is not None:
        within = f"every query's first token within {tables.count(result.ceiling)} {unit}"
        if result.status is Status.INFEASIBLE:
            return f"infeasible; no order has {within}.{core(result)}"
        if result.schedule is None:
            return f"unknown; the search ended before it found an order with {within}."
        within = f" with {within}"
    if goal.kind == "percentile":
        spare = instance.n - goal.rank(instance.n)
        but = f" but {spare:,} of the" if spare else ""
        what = "a smaller TTFT"
        if instance.n > 1:
            what += f" that all{but} {tables.queries(instance.n)} meet"
    elif goal.kind == "mean":
        what = "a smaller mean TTFT"
    else:
        bound = result.ttft_bound
        whose = "its own allowance" if bound is None else f"{tables.count(bound)} {unit}"
        what = f"more of the {tables.queries(instance.n)} with a first token within {whose}"
    if result.answered:
        return f"optimal; no order{within} has {what}."
    return f"not settled; the best possible value{within} lies between the two bounds."


def _on_time(result: Result) -> int:
    schedule = result.schedule
    return 0 if schedule is None else schedule.on_time(result.instance, result.ttft_bound)


def core(result: Result) -> str:
    """Why it is infeasible, where some of the queries prove it, and of which schedules."""
    if not result.core:
        return ""
    instance = result.instance
    arrival = instance.arrival[list(result.core)]
    first, last = tables.count(int(arrival.min())), tables.count(int(arrival.max()))
    unit = instance.time_unit
    if len(result.core) == 1:
        who, need = f"This one query, arriving at {first} {unit},", "needs"
    else:
        when = f"at {first}" if first == last else f"between {first} and {last}"
        who, need = f"These {len(result.core):,} queries, arriving {when} {unit},", "need"
    bound = result.ttft_bound if result.ceiling is None else result.ceiling
    if bound is None:
        what = "can't all meet their allowances"
    else:
        what = f"{need} more than {tables.count(bound)} {unit}"
    if len(result.core) < instance.n:
        what += ", whatever the others do" if result.core_alone else " if all others are on time"
    ids = [shown(name) for name in result.names(result.core)]
    more = f" and {len(ids) - MOST_IDS:,} more" if len(ids) > MOST_IDS else ""
    return f"\n{who} {what}: {', '.join(ids[:MOST_IDS])}{more}."


def facts(result: Result) -> list[tables.Fact]:
    """The figures of the answer, with their units."""
    rows: list[tables.Fact] = []
    if result.objective.kind == "max":
        rows += _ticks(result)
    elif result.status is not Status.INFEASIBLE or result.decision:
        rows += _values(result)
    if not (result.decision or result.status is Status.INFEASIBLE):
        gap = tables.percent(result.gap).removesuffix("%")
        rows.append(("gap", gap, "" if result.gap is None else "%"))
    rows.append(("nodes", tables.count(result.nodes), ""))
    rows.append(("time", tables.seconds(result.seconds).removesuffix(" s"), "s"))
    if result.compile_seconds >= WORTH_TELLING:
        compiled = tables.seconds(result.compile_seconds).removesuffix(" s")
        rows.append(("compiling", compiled, "s, once per installation"))
    rows.append(("backend", result.backend))
    return rows


def _ticks(result: Result) -> list[tables.Fact]:
    """The largest TTFT, and the bounds on the least possible one."""
    unit = result.instance.time_unit
    facts: list[tables.Fact] = []
    if result.ttft is not None:
        facts.append(("TTFT", tables.count(result.ttft), unit))
    facts.append(("lower bound", tables.count(result.lower_bound), unit))
    if result.upper_bound is not None and result.upper_bound != result.ttft:
        facts.append(("upper bound", tables.count(result.upper_bound), unit))
    return facts


def _values(result: Result) -> list[tables.Fact]:
    """What was reached, and between which values the best lies."""
    goal = result.objective
    name = {"percentile": f"P{str(goal).partition(':')[2]}", "mean": "mean", "goodput": "on time"}
    lower, upper = result.value_bounds
    rows = [(name[goal.kind], result.value)] if result.schedule is not None else []
    rows += [("lower bound", lower), ("upper bound", upper)]
    facts: list[tables.Fact] = [
        (what, tables.number(result.shown(value)), _unit(result, value)) for what, value in rows
    ]
    if result.schedule is not None and (goal.kind != "percentile" or result.ceiling is not None):
        facts.append(("TTFT", tables.count(result.schedule.max_ttft), result.instance.time_unit))
    return facts


def _unit(result: Result, value: int | None) -> str:
    """What a value of the objective counts."""
    if result.objective.kind != "goodput":
        return result.instance.time_unit
    return "query" if value == 1 else "queries"
