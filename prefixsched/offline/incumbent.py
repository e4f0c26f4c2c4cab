"""The best schedule and the proven bound so far, for one objective."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prefixsched.model.instance import Instance
from prefixsched.model.status import Status
from prefixsched.offline.result import Progress, Result
from prefixsched.runtime.limits import Stopwatch
from prefixsched.verifier.objective import Objective
from prefixsched.verifier.schedule import Schedule, evaluate

OnProgress = Callable[[Progress], None]


class Pursuit:
    """A bracket on the best value of an objective, in its own integer measure.

    Parameters
    ----------
    instance
        The stream of queries.
    objective
        What is optimised.
    ttft
        The bound that the goodput counts; None for the queries' own allowances.
    on_progress
        Called with each new bracket.
    enough
        For the goodput, the decision whether it can be so much; None to optimise.

    Attributes
    ----------
    bound
        Proven: no schedule has a smaller value, or, for the goodput, a greater one.
    best, value
        The best schedule verified, and its value.
    """

    def __init__(
        self,
        instance: Instance,
        objective: Objective,
        ttft: int | None,
        on_progress: OnProgress | None,
        enough: int | None = None,
    ) -> None:
        self.watch = Stopwatch()
        self.instance = instance
        self.objective = objective
        self.ttft = ttft
        self.on_progress = on_progress
        self.enough = enough
        self.bound = instance.n if self.most else 0
        self.best: Schedule | None = None
        self.value: int | None = None
        self.backend = "bounds"
        self.nodes = 0
        self.interrupted = False

    @property
    def most(self) -> bool:
        """Whether more is better."""
        return self.objective.kind == "goodput"

    @property
    def settled(self) -> bool:
        """Whether the best schedule is proven to be that, or the decision is made."""
        return self.reached or self.refuted or (self.value is not None and self.value == self.bound)

    @property
    def reached(self) -> bool:
        """Whether a decision is answered by the best schedule."""
        return self.enough is not None and self.value is not None and self.value >= self.enough

    @property
    def refuted(self) -> bool:
        """Whether no schedule reaches what a decision asks for."""
        return self.enough is not None and self.bound < self.enough

    @property
    def order(self) -> Sequence[int]:
        """The best order; one was offered."""
        assert self.best is not None
        return self.best.order

    def offer(self, order: Sequence[int]) -> None:
        """Verify an order, and keep it if it is the best."""
        schedule = evaluate(self.instance, order)
        value = self.objective.measure(self.instance, schedule, self.ttft)
        better = self.value is None or (value > self.value if self.most else value < self.value)
        if better:
            self.best, self.value = schedule, value
            self._check()
            self.tell()

    def learn(self, bound: int) -> None:
        """Take up a proven bound."""
        sharper = bound < self.bound if self.most else bound > self.bound
        if sharper:
            self.bound = bound
            self._check()
            self.tell()

    def _check(self) -> None:
        """Refuse what contradicts the verifier.

        Raises
        ------
        RuntimeError
            If a schedule is better than what was proven best: a defect.
        """
        value = self.value
        if value is not None and (value > self.bound if self.most else value < self.bound):
            raise RuntimeError(
                f"{self.objective} of {self.instance.name}: proven {self.bound}, but the verifier "
                f"finds {value}; please report this"
            )

    def bracket(self) -> tuple[int | None, int | None]:
        """The least and the greatest that the best value can be."""
        return (self.value, self.bound) if self.most else (self.bound, self.value)

    def tell(self) -> None:
        """Hand the bracket to whoever follows the run."""
        if self.on_progress is not None:
            lower, upper = self.bracket()
            seconds = self.watch.seconds
            order = None if self.best is None else self.best.order
            self.on_progress(Progress(lower or 0, upper, self.nodes, seconds, order))

    def result(self) -> Result:
        """The answer so far."""
        if self.best is None:  # the limit came before any order
            self.offer(self.instance.by_age.tolist())
        lower, upper = self.bracket()
        in_ticks = self.objective.kind == "percentile"
        decision = self.enough is not None
        return Result(
            instance=self.instance,
            status=self._status(),
            schedule=self.best if self.reached or not decision else None,
            lower_bound=lower if in_ticks else None,
            upper_bound=upper if in_ticks else None,
            core=None,
            backend=self.backend,
            seconds=self.watch.seconds,
            compile_seconds=self.watch.compiling,
            nodes=self.nodes,
            ttft_bound=self.ttft,
            interrupted=self.interrupted,
            objective=self.objective,
            measured=None if in_ticks else (lower, upper),
            decision=decision,
            enough=self.enough,
        )

    def _status(self) -> Status:
        if self.reached:
            return Status.FEASIBLE if self.value == self.instance.n else Status.RELAXED
        if self.refuted:
            return Status.INFEASIBLE
        if self.enough is not None:
            return Status.UNKNOWN
        if self.settled:
            return Status.OPTIMAL
        return Status.UNKNOWN if self.best is None else Status.FEASIBLE
