"""HiGHS on a file, as a program that hands back each better solution and bound as it comes."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread
from typing import Any

import highspy

from prefixsched.exact.apart import serve


@dataclass(frozen=True)
class News:
    """What branch and bound has found so far.

    Parameters
    ----------
    values
        The best solution's variables by name; None where none is new.
    nodes
        Nodes so far.
    bound
        The dual bound; None where there is none yet.
    optimal, infeasible
        Whether that is the last word.
    """

    values: dict[str, float] | None
    nodes: int
    bound: float | None
    optimal: bool = False
    infeasible: bool = False


def search(path: str, options: dict[str, Any]) -> Iterator[News]:
    """Solve the program in an MPS file under HiGHS's own options; yields what is found."""
    model = highspy.Highs()  # type: ignore[no-untyped-call]
    model.setOptionValue("output_flag", False)
    for name, value in options.items():
        model.setOptionValue(name, value)
    model.readModel(path)
    names = [str(name) for name in model.getLp().col_names_]
    arrived: queue.SimpleQueue[News | None] = queue.SimpleQueue()

    def tell(event: Any, *, better: bool) -> None:
        found = event.data_out
        values = dict(zip(names, found.mip_solution.tolist(), strict=True)) if better else None
        arrived.put(News(values, max(0, int(found.mip_node_count)), float(found.mip_dual_bound)))

    model.cbMipImprovingSolution += lambda event: tell(event, better=True)
    model.cbMipLogging += lambda event: tell(event, better=False)

    def run() -> None:
        model.run()
        arrived.put(None)

    Thread(target=run, daemon=True).start()
    while (news := arrived.get()) is not None:
        yield news
    info, status = model.getInfo(), model.getModelStatus()
    solved = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = dict(zip(names, model.getSolution().col_value, strict=True)) if solved else None
    yield News(
        values,
        max(0, int(info.mip_node_count)),
        float(info.mip_dual_bound),
        status == highspy.HighsModelStatus.kOptimal,
        status == highspy.HighsModelStatus.kInfeasible,
    )


if __name__ == "__main__":
    # Under its importable name, so that what is pickled here can be read there.
    from prefixsched.exact import highs  # noqa: PLW0406

    serve(highs.search)
