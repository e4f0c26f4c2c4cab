"""``prefixsched verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

import prefixsched as ps
from prefixsched.cli.options import PATH, json_option
from prefixsched.cli.output import print_json
from prefixsched.cli.tables import count

if TYPE_CHECKING:
    from prefixsched.io.schedule_file import ScheduleFile
    from prefixsched.schedule import Schedule

WRONG = 1
EPILOG = """\b
Example:
  prefixsched generate rasq --load 1.2 -o rasq.json
  prefixsched solve rasq.json -o schedule.json
  prefixsched verify rasq.json schedule.json

\b
Exit codes:
  0  the schedule is what it claims to be
  1  it is wrong or misses its claim
  2  bad input: no permutation of the queries, or a broken file
"""


@click.command(epilog=EPILOG, short_help="Check a schedule file against its instance.")
@click.argument("instance", metavar="INSTANCE", type=PATH)
@click.argument("schedule", metavar="SCHEDULE", type=PATH)
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    instance: str,
    schedule: str,
    as_json: bool,
) -> None:
    """Check a schedule file against its instance, from first principles.

    Every query is served once, and the largest TTFT is what the file claims.
    That no schedule does better is the claim of whoever proved the lower
    bound; of that only the consistency is checked.
    """
    from prefixsched.io.schedule_file import read_schedule

    if instance == schedule == "-":
        raise click.UsageError("INSTANCE and SCHEDULE are both -; standard input holds one file")
    queries = ps.read(instance)
    claim = read_schedule(schedule)
    found = None
    if claim.instance == queries.name:
        found = ps.evaluate(queries, claim.positions(queries, schedule))
    problem = wrong(claim, queries, found)
    if as_json:
        print_json(
            {
                "instance": queries.name,
                "valid": problem is None,
                "problem": problem,
                "ttft": None if found is None else found.max_ttft,
                "claimed": {
                    "instance": claim.instance,
                    "ttft": claim.ttft,
                    "status": claim.status,
                    "lower_bound": claim.lower_bound,
                },
            }
        )
    elif problem is None:
        by = "" if claim.backend is None else f" by {claim.backend}"
        optimal = f", said to be optimal{by}" if claim.status == "optimal" else ""
        click.echo(
            f"{queries.name}: the schedule is right; every query is served once, with a largest "
            f"TTFT of {count(claim.ttft)} {queries.time_unit}{optimal}"
        )
    else:
        click.echo(f"{queries.name}: the schedule is wrong; it {problem}")
    if problem is not None:
        ctx.exit(WRONG)


def wrong(claim: ScheduleFile, instance: ps.Instance, found: Schedule | None) -> str | None:
    """The first claim that does not hold, said of "it"; None where all do.

    Parameters
    ----------
    claim
        The schedule file.
    instance
        What it is held against.
    found
        What its order comes to; None where it names another instance.
    """
    unit = instance.time_unit
    if found is None:
        return f"names another instance, {claim.instance!r}"
    if found.max_ttft != claim.ttft:
        return (
            f"claims a largest TTFT of {count(claim.ttft)} {unit}, "
            f"but has {count(found.max_ttft)} {unit}"
        )
    if claim.status == "optimal" and claim.lower_bound is None:
        return "claims to be optimal, but states no lower bound"
    if claim.status == "optimal" and claim.lower_bound != claim.ttft:
        return (
            f"claims to be optimal at {count(claim.ttft)} {unit}, but its lower bound is "
            f"{count(claim.lower_bound)} {unit}"
        )
    if claim.lower_bound is not None and claim.lower_bound > claim.ttft:
        return (
            f"claims that none is below {count(claim.lower_bound)} {unit}, but has "
            f"{count(claim.ttft)} {unit}"
        )
    return None
