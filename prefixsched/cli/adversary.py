"""``prefixsched adversary``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prefixsched.cli import cut, progress, tables
from prefixsched.cli.options import OUTPUT, json_option
from prefixsched.cli.output import print_json, say, show
from prefixsched.cli.program import UNANSWERED, complain
from prefixsched.cli.types import IntegerList, Registered, Whole
from prefixsched.io.escape import shown
from prefixsched.model.errors import InputError

if TYPE_CHECKING:
    from prefixsched.model.instance import Instance
    from prefixsched.studies.adversary import Champion

EPILOG = """\b
Example:
  prefixsched adversary lpm --n 6 --steps 200 -o champions
  prefixsched adversary fcfs lpm --n 4,6,8 --steps 200 --figure worst.png -o champions

\b
Exit codes:
  0  all streams were looked at
  2  bad input or usage
  3  interrupted; the worst so far are printed, and kept in DIR
"""
RATIO = re.compile(r"\d{1,20}/[1-9]\d{0,19}", re.ASCII)
HEADS = ("policy", "n", "max", "optimum", "ratio")


@click.command(epilog=EPILOG)
@click.argument(
    "policies", metavar="POLICY...", nargs=-1, required=True, type=Registered("policies")
)
@click.option("--n", "sizes", type=IntegerList(), default=(8,), show_default="8", help="Queries.")
@click.option(
    "--steps",
    metavar="N",
    type=Whole(min=1),
    default=2000,
    show_default=True,
    help="Streams to look at for each policy and size.",
)
@click.option("--seed", type=Whole(min=0), default=0, show_default=True, help="Of changes.")
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    help="A folder of champions: the search begins with those that are there, and keeps the worse.",
)
@click.option("--figure", metavar="FILE", type=OUTPUT, help="Draw the worst ratio over n.")
@json_option
@click.pass_context
def adversary(
    ctx: click.Context,
    policies: Sequence[str],
    sizes: tuple[int, ...],
    steps: int,
    seed: int,
    output: str | None,
    figure: str | None,
    as_json: bool,
) -> None:
    """Look for streams on which policies do badly.

    Every ratio is at least what is printed: the policy's largest TTFT over
    that of a schedule that is there to see.
    """
    from prefixsched.cli.plot import prepare_figure, save

    if figure is not None:
        prepare_figure(figure)
    folder = None if output is None else _folder(output)
    progress.announce_compilation()
    found: list[Champion] = []
    cut.word.fields = lambda _: {"champions": [_as_dict(champion) for champion in found]}
    ended = False
    try:
        for champion in _champions(policies, sizes, steps, seed, folder):
            with cut.printing(last=False):
                found.append(champion)
                name, n = champion.policy, champion.instance.n
                say(f"{shown(name)}, n = {n}: {float(champion.ratio):.3f}")
                if folder is not None:
                    _write(champion, _path(folder, name, n))
            ended = champion.interrupted
            if ended:
                break
    except KeyboardInterrupt:
        ended = True
    if ended and not found:
        raise KeyboardInterrupt  # there is nothing to show
    if figure is not None and not ended:
        from prefixsched.plot.worst import plot_worst

        save(plot_worst(found), figure)
    with cut.printing():
        if as_json:
            print_json({"champions": [_as_dict(champion) for champion in found]})
        else:
            show(tables.table(HEADS, map(_line, found)))
        if ended:
            without = "" if figure is None else ", and no figure was drawn"
            complain(f"interrupted; these are the worst so far{without}")
    if ended:
        ctx.exit(UNANSWERED)


def _champions(
    policies: Sequence[str], sizes: Sequence[int], steps: int, seed: int, folder: Path | None
) -> Iterator[Champion]:
    """The worst stream found for each policy and size, from the smallest."""
    from prefixsched.studies.adversary import search

    for policy in policies:
        smaller: Champion | None = None
        for n in sorted(set(sizes)):
            start = _start(smaller, None if folder is None else _kept(folder, policy, n))
            smaller = search(policy, n, steps=steps, seed=seed, start=start)
            yield smaller


def _path(folder: Path, name: str, n: int) -> Path:
    from prefixsched.studies.adversary import file_stem

    return folder / f"{file_stem(name)}-n{n}.json"


def _folder(path: str) -> Path:
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{path}: can't write: {reason}; give another folder") from error
    return folder


def _start(smaller: Champion | None, kept: Instance | None) -> Instance | None:
    """What to begin with: the folder's champion, or the one of the size before if it is worse."""
    if smaller is None or kept is None:
        return kept if smaller is None else smaller.instance
    ratio = Fraction(kept.meta["adversary"]["ratio"])
    return smaller.instance if smaller.ratio > ratio else kept


def _kept(folder: Path, policy: str, n: int) -> Instance | None:
    """The champion that a folder has already.

    Raises
    ------
    InputError
        If the file is no champion's.
    """
    from prefixsched.io.instance_file import read_instance
    from prefixsched.plugins.naming import name_of
    from prefixsched.plugins.registry import create

    path = _path(folder, name_of(create("policies", policy)), n)
    if not path.exists():
        return None
    instance = read_instance(path)
    said = instance.meta.get("adversary")
    ratio = said.get("ratio") if isinstance(said, dict) else None
    if not isinstance(ratio, str) or RATIO.fullmatch(ratio) is None:
        raise InputError(f"{path}: no champion of a search; move it away")
    return instance


def _write(champion: Champion, path: Path) -> None:
    from prefixsched.io.instance_file import write_instance

    write_instance(champion.instance, path)


def _line(champion: Champion) -> tuple[str, ...]:
    known = champion.lower_bound == champion.upper_bound
    optimum = tables.count(champion.upper_bound)
    return (
        champion.policy,
        tables.count(champion.instance.n),
        tables.count(champion.ttft),
        optimum if known else f"≤ {optimum}",
        tables.ratio(champion.ratio, champion.ratio if known else None),
    )


def _as_dict(champion: Champion) -> dict[str, Any]:
    return {
        "policy": champion.policy,
        "n": champion.instance.n,
        "max": champion.ttft,
        "lower_bound": champion.lower_bound,
        "upper_bound": champion.upper_bound,
        "ratio": float(champion.ratio),
    }
