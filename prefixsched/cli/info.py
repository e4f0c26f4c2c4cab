"""``prefixsched info``."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

import prefixsched as ps
from prefixsched.cli import progress, tables
from prefixsched.cli.options import instance_argument, json_option
from prefixsched.cli.output import echo, print_json
from prefixsched.io.escape import shown

if TYPE_CHECKING:
    from prefixsched.model.cost import CostModel
    from prefixsched.studies.summary import Summary

EPILOG = """\b
Example:
  prefixsched generate rasq --load 1.2 -o rasq.json
  prefixsched info rasq.json
"""


@click.command(epilog=EPILOG, short_help="Show size, load and reuse of an instance.")
@instance_argument
@json_option
def info(instance: str, as_json: bool) -> None:
    """Show what an instance holds: its size, its load, and the reuse that it offers."""
    from prefixsched.studies.summary import summarise

    queries = ps.read(instance)
    progress.announce_compilation()
    summary = summarise(queries)
    if as_json:
        print_json(
            {
                "instance": queries.name,
                "time_unit": queries.time_unit,
                "cost": cost_fields(queries.cost),
                "cache": queries.cache_name,
                **summary.as_dict(),
            }
        )
        return
    echo(shown(queries.name))
    echo(tables.block(facts(queries, summary)))


def cost_fields(cost: CostModel) -> dict[str, Any]:
    """The cost model as the instance file states it, without a table's entries."""
    from prefixsched.io.instance_file import number
    from prefixsched.model.cost import Table

    if isinstance(cost, Table):
        return {"model": "table", "setup": "anticipatory" if cost.anticipatory else "standard"}
    return {"model": cost.name, "token": number(cost.token), "attention": number(cost.attention)}


def facts(instance: ps.Instance, summary: Summary) -> list[tables.Fact]:
    """The figures with their units."""
    unit, count = instance.time_unit, tables.count
    bound, bound_unit = tables.duration(summary.lower_bound, unit)
    rows: list[tables.Fact] = [
        ("queries", count(summary.n), ""),
        ("span of arrivals", *tables.duration(summary.span, unit)),
        ("prompt tokens", count(summary.prompt_tokens), "tokens"),
        ("longest prompt", count(summary.longest_prompt), "tokens"),
        ("trie", count(summary.trie_nodes), f"nodes, {count(summary.trie_depth)} deep"),
        (
            "reuse available",
            count(summary.reuse_tokens),
            f"tokens, {tables.percent(summary.reuse_share)}",
        ),
        ("work with reuse", *tables.duration(summary.work, unit)),
        ("load with reuse", tables.NOTHING if summary.load is None else f"{summary.load:.3f}", ""),
        ("lower bound", bound, f"{bound_unit} of largest TTFT"),
        ("cost", cost_words(instance)),
        ("cache", cache_words(instance)),
    ]
    if summary.own_ttft:
        rows.insert(1, ("with own TTFT", count(summary.own_ttft), ""))
    return rows


def cost_words(instance: ps.Instance) -> str:
    """The cost model and its coefficients."""
    from prefixsched.model.cost import Table

    fields, cost, unit = cost_fields(instance.cost), instance.cost, instance.time_unit
    if isinstance(cost, Table):
        return f"table, set-up {fields['setup']}"
    text = f"{fields['model']}, {_decimal(cost.token)} {unit} a token"
    return text + (f", {_decimal(cost.attention)} {unit} a squared token" if cost.attention else "")


def cache_words(instance: ps.Instance) -> str:
    """What stays cached."""
    if instance.capacity is None:
        return str(instance.cache)
    return f"{instance.cache}, {tables.count(instance.capacity)} tokens"


def _decimal(value: Fraction) -> str:
    from prefixsched.io.instance_file import number

    text = number(value)
    return str(text) if isinstance(text, int) else bytes(text).decode()
