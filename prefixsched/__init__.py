"""Exact and approximate offline scheduling of LLM prefill with prefix reuse.

The names below load what they need at first use, so that importing the
package is quick.
"""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched import (
        bench,
        bounds,
        heuristics,
        importers,
        io,
        model,
        offline,
        online,
        plot,
        plugins,
        report,
        studies,
        tsptw,
        verifier,
    )
    from prefixsched.calibrate.log import calibrate
    from prefixsched.generate.by_name import generate
    from prefixsched.importers.by_name import import_trace
    from prefixsched.io.instance_file import read_instance as read
    from prefixsched.io.instance_file import write_instance as write
    from prefixsched.model.cost import Potential, Rectangular, Table
    from prefixsched.model.errors import InputError
    from prefixsched.model.instance import Cache, Instance
    from prefixsched.model.prompts import Prompts
    from prefixsched.model.status import Status
    from prefixsched.offline.result import Progress, Result
    from prefixsched.offline.solve import solve
    from prefixsched.online.policy import Policy, View
    from prefixsched.online.simulation import Simulation, simulate
    from prefixsched.runtime.versions import show_versions
    from prefixsched.studies.compare import Comparison, compare
    from prefixsched.studies.score import Score, score
    from prefixsched.studies.tune import Tuning, tune
    from prefixsched.verifier.schedule import Schedule, evaluate

    __version__: str

__all__ = [
    "Cache",
    "Comparison",
    "InputError",
    "Instance",
    "Policy",
    "Potential",
    "Progress",
    "Prompts",
    "Rectangular",
    "Result",
    "Schedule",
    "Score",
    "Simulation",
    "Status",
    "Table",
    "Tuning",
    "View",
    "__version__",
    "bench",
    "bounds",
    "calibrate",
    "compare",
    "evaluate",
    "generate",
    "heuristics",
    "import_trace",
    "importers",
    "io",
    "model",
    "offline",
    "online",
    "plot",
    "plugins",
    "read",
    "report",
    "score",
    "show_versions",
    "simulate",
    "solve",
    "studies",
    "tsptw",
    "tune",
    "verifier",
    "write",
]

reexport(
    __name__,
    "bench",
    "bounds",
    "calibrate",
    "generate",
    "heuristics",
    "importers",
    "io",
    "model",
    "offline",
    "online",
    "plot",
    "plugins",
    "report",
    "studies",
    "tsptw",
    "verifier",
    Cache="model.instance",
    Comparison="studies.compare",
    InputError="model.errors",
    Instance="model.instance",
    Policy="online.policy",
    Potential="model.cost",
    Progress="offline.result",
    Prompts="model.prompts",
    Rectangular="model.cost",
    Result="offline.result",
    Schedule="verifier.schedule",
    Score="studies.score",
    Simulation="online.simulation",
    Status="model.status",
    Table="model.cost",
    Tuning="studies.tune",
    View="online.policy",
    __version__="runtime.versions:VERSION",
    compare="studies.compare",
    evaluate="verifier.schedule",
    import_trace="importers.by_name",
    read="io.instance_file:read_instance",
    score="studies.score",
    show_versions="runtime.versions",
    simulate="online.simulation",
    solve="offline.solve",
    tune="studies.tune",
    write="io.instance_file:write_instance",
)
