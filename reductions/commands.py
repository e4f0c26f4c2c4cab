"""``prefixsched recover-partition``."""

from __future__ import annotations

import click

from prefixsched.cli.options import PATH, json_option
from prefixsched.cli.output import print_json

EPILOG = """\b
Example:
  prefixsched generate three-partition --m 4 --b 100 --yes --seed 1 -o f.json
  prefixsched solve f.json -o s.json
  prefixsched recover-partition f.json s.json
"""


@click.command(epilog=EPILOG, short_help="Read a 3-PARTITION off a schedule.")
@click.argument("instance", metavar="INSTANCE", type=PATH)
@click.argument("schedule", metavar="SCHEDULE", type=PATH)
@json_option
def recover_partition(instance: str, schedule: str, as_json: bool) -> None:
    """Read a 3-PARTITION off a schedule of an instance of generate three-partition.

    Prints the triples, one a line, in the order of the gaps that hold them. The
    schedule must have a largest TTFT of T at most, which the instance has in
    meta.ttft; any such schedule has a partition in it.
    """
    import prefixsched as ps
    from prefixsched.io.schedule_file import read_schedule
    from reductions.three_partition import recover, reduction_of

    if instance == schedule == "-":
        raise click.UsageError("INSTANCE and SCHEDULE are both -; standard input holds one file")
    queries = ps.read(instance)
    problem = reduction_of(queries).problem
    claim = read_schedule(schedule)
    if claim.instance != queries.name:
        raise ps.InputError(
            f"{schedule}: instance: {claim.instance!r}, not {queries.name!r}; "
            "give the schedule of this instance"
        )
    triples = recover(queries, claim.positions(queries, schedule))
    sizes = [[problem.items[i] for i in triple] for triple in triples]
    if as_json:
        numbers = [[i + 1 for i in triple] for triple in triples]
        fields = {"instance": queries.name, "b": problem.bound, "items": numbers, "triples": sizes}
        print_json(fields)
        return
    for triple, size in zip(triples, sizes, strict=True):
        names = " + ".join(f"{a} (a{i + 1})" for a, i in zip(size, triple, strict=True))
        click.echo(f"{problem.bound} = {names}")
