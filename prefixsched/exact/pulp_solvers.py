"""HiGHS and CBC through PuLP, ended by a limit or an interrupt of ours."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import highspy
import pulp

from prefixsched.runtime.interrupt import POLL, children
from prefixsched.runtime.threads import beside

FEASIBLE = int(highspy.SolutionStatus.kSolutionStatusFeasible)
KILL = 0.3
"""Seconds that CBC has to write down its best solution once it is told to stop."""


class Highs(pulp.HiGHS):  # type: ignore[misc]
    """HiGHS in a thread of its own, which is left where it takes long to heed a stop.

    Parameters
    ----------
    over
        Asked many times a second: whether to stop.
    options
        As :class:`pulp.HiGHS` takes them.

    Attributes
    ----------
    nodes, bound
        Of branch and bound so far: its nodes, and the dual bound.
    """

    def __init__(
        self,
        over: Callable[[], bool],
        **options: Any,
    ) -> None:
        super().__init__(msg=False, **options)
        self.over = over
        self.nodes = 0
        self.bound: float | None = None

    def actualSolve(self, lp: Any) -> int:  # noqa: N802 - PuLP calls it so
        """Solve a program, and fill in its variables and status."""
        status = super().actualSolve(lp)
        info = lp.solverModel.getInfo()
        self.nodes, self.bound = max(0, int(info.mip_node_count)), float(info.mip_dual_bound)
        stopped = lp.solverModel.getModelStatus() == highspy.HighsModelStatus.kInterrupt
        if stopped and info.primal_solution_status != FEASIBLE:  # PuLP takes zeros for a solution
            lp.assignStatus(pulp.LpStatusNotSolved, pulp.LpSolutionNoSolutionFound)
            return int(pulp.LpStatusNotSolved)
        return int(status)

    def callSolver(self, lp: Any) -> None:  # noqa: N802 - PuLP calls it so
        """Run the solver on the program that was handed to it."""
        model = lp.solverModel
        model.HandleUserInterrupt = True
        beside([model.run], model.cancelSolve, self.over)


class Cbc(pulp.PULP_CBC_CMD):  # type: ignore[misc]
    """The CBC that comes with PuLP, in a process that doesn't outlive the call.

    Parameters
    ----------
    over
        Asked many times a second: whether to stop.
    settings
        Settings of CBC by name, in the order in which they are given to it.

    Attributes
    ----------
    nodes, bound
        As of :class:`Highs`; CBC tells neither.
    """

    def __init__(self, over: Callable[[], bool], settings: dict[str, Any]) -> None:
        super().__init__(msg=False)
        self.over = over
        self.settings = settings
        self.nodes, self.bound = 0, None

    def actualSolve(self, lp: Any) -> int:  # noqa: N802 - PuLP calls it so
        """Solve a program, and fill in its variables and status.

        Raises
        ------
        pulp.PulpSolverError
            If CBC fails.
        """
        with tempfile.TemporaryDirectory(prefix="prefixsched-") as folder:
            model, solution = Path(folder) / "model.mps", Path(folder) / "solution.txt"
            variables, names, rows, _ = lp.writeMPS(str(model), rename=1)
            command = [self.path, str(model), "-timeMode", "elapsed"]
            for name, value in self.settings.items():
                command += [f"-{name}", str(value)]
            command += ["-solve", "-printingOptions", "all", "-solution", str(solution)]
            status = self._run(command)
            if status != 0 or not solution.exists():
                if self.over():
                    lp.assignStatus(pulp.LpStatusNotSolved, pulp.LpSolutionNoSolutionFound)
                    return int(pulp.LpStatusNotSolved)
                raise pulp.PulpSolverError(f"{self.path} ended with exit code {status}")
            found = self.readsol_MPS(str(solution), lp, variables, names, rows)
        status, values, *_, sol_status = found
        lp.assignVarsVals(values)
        lp.assignStatus(status, sol_status)
        return int(status)

    def _run(self, command: list[str]) -> int:
        """The exit code of CBC, which is told to stop, and then killed, once that is asked for."""
        quiet = subprocess.DEVNULL
        # A session of its own: Ctrl-C in a terminal is ours to hand on.
        process = subprocess.Popen(  # noqa: S603 - PuLP's own binary
            command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
        children.add(process)
        try:
            while process.poll() is None and not self.over():
                _wait(process, POLL)
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                _wait(process, KILL)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            children.discard(process)
        return int(process.returncode)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for the end of a process, for so long at most."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
