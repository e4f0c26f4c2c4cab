"""Solve the library's instances, and write down what was proved: schedules, JSON, README.

``python instances/certify.py`` does all of them again; with names, those.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import msgspec
from recipes import HAND_MADE, RECIPES
from rich.console import Console

import prefixsched as ps
from prefixsched.io.files import write_bytes
from prefixsched.io.schedule_file import write_schedule

HERE = Path(__file__).parent
SCHEDULES = HERE / "schedules"
CERTIFIED = HERE / "certified.json"
README = HERE / "README.md"
TABLE = re.compile(r"(?<=<!-- certified -->\n).*(?=<!-- end -->)", re.DOTALL)
HEAD = """\
| file | family | n | parameters | seed | T* | proved by | s |
|---|---|---:|---|---:|---:|---|---:|
"""


@click.command()
@click.argument("names", nargs=-1)
@click.option("--time-limit", default=20.0, show_default=True, help="Seconds for each instance.")
def main(names: tuple[str, ...], time_limit: float) -> None:
    """Certify the instances of these NAMES, or all."""
    console = Console(stderr=True)
    known = {entry["name"]: entry for entry in _read()} if names else {}
    files = [*HAND_MADE, *(recipe.file for recipe in RECIPES)]
    unknown = set(names) - {Path(file).stem for file in files}
    if unknown:
        raise click.BadParameter(f"there is no {min(unknown)!r} in the library")
    SCHEDULES.mkdir(exist_ok=True)
    ps.solve(ps.read(HERE / "rasq-n16.json"))  # compiles the kernels, or loads them
    entries = []
    for file in files:
        name = Path(file).stem
        if name in known and name not in names:
            entries.append(known[name] | {"file": file})
            continue
        entry = certify(file, time_limit)
        entries.append(entry)
        console.print(f"{file}: {entry['status']} {bracket(entry)} {entry['seconds']} s")
        write_bytes(CERTIFIED, _lines(entries))  # so that nothing is lost if the rest is cut short
    write_bytes(CERTIFIED, _lines(entries))
    write_bytes(README, TABLE.sub(table(entries), README.read_text()).encode())
    for entry in entries:
        if (entry["status"] != "optimal") != entry["file"].startswith("open/"):
            console.print(f"{entry['file']}: {entry['status']}; its folder says something else")


def certify(file: str, time_limit: float) -> dict[str, Any]:
    """Solve one instance, keep its schedule, and say what was proved."""
    instance = ps.read(HERE / file)
    result = ps.solve(instance, time_limit=time_limit)
    name = Path(file).stem
    write_schedule(result.schedule_file(), SCHEDULES / f"{name}.json")
    options = next((recipe.options for recipe in RECIPES if recipe.file == file), ())
    seed = options[options.index("--seed") + 1] if "--seed" in options else None
    return {
        "name": name,
        "file": file,
        "family": instance.meta.get("generator", "hand-made"),
        "n": instance.n,
        "parameters": " ".join(options).partition(" --name")[0],
        "seed": None if seed is None else int(seed),
        "status": str(result.status),
        "lower_bound": result.lower_bound,
        "upper_bound": result.upper_bound,
        "backend": result.backend,
        "seconds": round(result.seconds, 2),
    }


def bracket(entry: dict[str, Any]) -> str:
    """T*, or the bounds that are proved of it."""
    low, high = entry["lower_bound"], entry["upper_bound"]
    return f"{high:,}" if low == high else f"{low:,} to {high:,}"


def table(entries: list[dict[str, Any]]) -> str:
    """The entries as a Markdown table."""
    rows = (
        f"| `{e['file']}` | {e['family']} | {e['n']} | {_parameters(e)} "
        f"| {'' if e['seed'] is None else e['seed']} | {bracket(e)} "
        f"| {e['backend'] if e['status'] == 'optimal' else '–'} | {e['seconds']:.2f} |\n"
        for e in entries
    )
    return HEAD + "".join(rows)


def _parameters(entry: dict[str, Any]) -> str:
    """The options but the seed, which has a column of its own, as code."""
    options = re.sub(r" ?--seed \S+", "", entry["parameters"])
    return options and f"`{options}`"


def _lines(entries: list[dict[str, Any]]) -> bytes:
    """A JSON array with an entry a line."""
    return b"[\n" + b",\n".join(map(msgspec.json.encode, entries)) + b"\n]\n"


def _read() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.json.decode(CERTIFIED.read_bytes())
    return found


if __name__ == "__main__":
    main()
