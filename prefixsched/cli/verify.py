"""``prefixsched verify``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

import prefixsched as ps
from prefixsched.cli import progress
from prefixsched.cli.options import PATH, json_option, time_limit_option
from prefixsched.cli.output import echo, print_json
from prefixsched.cli.program import UNANSWERED
from prefixsched.cli.tables import count
from prefixsched.io.escape import shown

if TYPE_CHECKING:
    from prefixsched.io.schedule_file import ScheduleFile
    from prefixsched.offline.result import Progress
    from prefixsched.verifier.schedule import Schedule

WRONG = 1
EPILOG = """\b
Example:
  prefixsched generate rasq --load 1.2 -o rasq.json
  prefixsched solve rasq.json -o schedule.json
  prefixsched verify rasq.json schedule.json
  prefixsched verify rasq.json schedule.json --prove --time-limit 60

\b
Exit codes:
  0  the schedule is right; with --prove, so is the lower bound that the file states
  1  it is wrong, or a claim of the file is
  2  bad input: no permutation of the queries, or a broken file
  3  with --prove: a limit came before the lower bound was proven
"""


@click.command(epilog=EPILOG, short_help="Check a schedule file against its instance.")
@click.argument("instance", metavar="INSTANCE", type=PATH)
@click.argument("schedule", metavar="SCHEDULE", type=PATH)
@click.option(
    "--prove", is_flag=True, help="Prove the lower bound that the file states, from the start."
)
@time_limit_option()
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    instance: str,
    schedule: str,
    prove: bool,
    time_limit: float | None,
    as_json: bool,
) -> None:
    """Check a schedule file against its instance, from first principles.

    Every query is served once, and the largest TTFT is what the file claims.
    That no schedule does better is a claim of the file, which is repeated and
    not checked; --prove proves it again, by search.
    """
    from prefixsched.io.schedule_file import read_schedule

    if instance == schedule == "-":
        raise click.UsageError("INSTANCE and SCHEDULE are both -; standard input holds one file")
    if time_limit is not None and not prove:
        raise click.UsageError("--time-limit without --prove; give both")
    queries = ps.read(instance)
    claim = read_schedule(schedule)
    found = None
    if claim.instance == queries.name:
        found = ps.evaluate(queries, claim.positions(queries, schedule))
    problem = wrong(claim, queries, found)
    proven: bool | None = None
    if prove and problem is None and claim.lower_bound is not None:
        progress.announce_compilation()
        with progress.bracket(queries.name, queries.time_unit, quiet=as_json) as on_progress:
            proven, problem = _proof(queries, claim.lower_bound, time_limit, on_progress)
    if as_json:
        print_json(
            {
                "instance": queries.name,
                "valid": problem is None,
                "problem": problem,
                "ttft": None if found is None else found.max_ttft,
                "lower_bound_proven": proven,
                "claimed": {
                    "instance": claim.instance,
                    "ttft": claim.ttft,
                    "status": claim.status,
                    "lower_bound": claim.lower_bound,
                },
            }
        )
    elif problem is None:
        echo(
            f"{shown(queries.name)}: the schedule is right; every query is served once, with a "
            f"largest TTFT of {count(claim.ttft)} {queries.time_unit}"
            f"{_bound(claim, queries, prove=prove, proven=proven)}"
        )
    else:
        echo(f"{shown(queries.name)}: the schedule is wrong; it {problem}")
    if problem is not None:
        ctx.exit(WRONG)
    if prove and claim.lower_bound is not None and not proven:
        ctx.exit(UNANSWERED)


def _proof(
    instance: ps.Instance,
    bound: int,
    time_limit: float | None,
    on_progress: Callable[[Progress], None] | None,
) -> tuple[bool | None, str | None]:
    """Whether no schedule is below ``bound``, None where a limit came first; and one that is."""
    if bound == 0:
        return True, None
    result = ps.solve(instance, ttft=bound - 1, time_limit=time_limit, on_progress=on_progress)
    if result.status is not ps.Status.FEASIBLE:
        return (True if result.answered else None), None
    assert result.schedule is not None
    unit = instance.time_unit
    return False, (
        f"claims that none is below {count(bound)} {unit}, but there is one with "
        f"{count(result.schedule.max_ttft)} {unit}"
    )


def _bound(claim: ScheduleFile, instance: ps.Instance, *, prove: bool, proven: bool | None) -> str:
    """What is known of the lower bound that the file states, as the end of a sentence."""
    if claim.lower_bound is None:
        return ". The file states no lower bound." if prove else ""
    bound = f"none is below {count(claim.lower_bound)} {instance.time_unit}"
    if claim.lower_bound == claim.ttft:
        bound = "this is optimal"
    if proven:
        return f". Proven: {bound}."
    by = "" if claim.backend is None else f" ({shown(claim.backend)})"
    if prove:
        return f". The file says{by} that {bound}; the search ended before that was proven."
    return f". The file says{by} that {bound}; that was not checked, --prove does it."


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
