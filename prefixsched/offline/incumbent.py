"""The incumbent of a question: the best schedule by the verifier, and what is proven."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prefixsched.bounds.late_windows import FewestLate
from prefixsched.exact.incumbent import Incumbent
from prefixsched.model.instance import Instance
from prefixsched.model.status import Status
from prefixsched.offline.question import Question
from prefixsched.offline.result import Progress, Result
from prefixsched.runtime.limits import Stopwatch
from prefixsched.verifier.schedule import Schedule, evaluate

OnProgress = Callable[[Progress], None]


class Verified(Incumbent[Schedule]):
    """The best schedule for a question and a proven bound, in the objective's integer measure.

    Every schedule comes from the verifier, and a bound that one of them contradicts is refused.

    Parameters
    ----------
    question
        What was asked.
    on_progress
        Called with each new interval.

    Attributes
    ----------
    answer, on_time
        For a decision, the schedule with the most queries on time of those in which enough
        are, and how many that is.
    infeasible
        Whether a proof says that a decision's deadlines, or a ceiling, can't be met.
    core, core_alone
        Queries that show it; and whether they do so whatever the others do.
    reason
        Queries some of which are late in every schedule that would be better than the bound,
        where it rests on such.
    backend
        What found all this.
    """

    def __init__(self, question: Question, on_progress: OnProgress | None = None) -> None:
        goal = question.objective
        most = goal.kind == "goodput"
        super().__init__(
            lambda schedule: (
                goal.measure(question.instance, schedule, question.ttft)
                if question.admits(schedule)
                else None
            ),
            question.instance.n if most else 0,
            maximise=most,
            on_change=self._tell,
            watched=on_progress is not None,
        )
        self.watch = Stopwatch()
        self.question = question
        self.on_progress = on_progress
        self.answer: Schedule | None = None
        self.on_time = -1
        self.infeasible = False
        self.core: tuple[int, ...] | None = None
        self.core_alone = False
        self.reason: FewestLate | None = None
        self.backend = "bounds"
        self.interrupted = False

    @property
    def instance(self) -> Instance:
        """The stream of queries."""
        return self.question.instance

    @property
    def order(self) -> Sequence[int]:
        """The best order; one was offered."""
        assert self.best is not None
        return self.best.order

    @property
    def refuted(self) -> bool:
        """Whether no schedule is as a decision asks."""
        enough = self.question.enough
        return self.infeasible or (enough is not None and self.maximise and self.bound < enough)

    @property
    def settled(self) -> bool:
        """Whether there is no more to find out."""
        if not self.question.decision:
            return self.closed or self.infeasible
        if self.question.promise:  # enough is good, all is better
            return self.refuted or self.on_time == self.instance.n
        return self.refuted or self.answer is not None

    def take(self, solution: Schedule) -> bool:
        """Keep a schedule if it is the best, or the best answer; whether it is the best."""
        better = super().take(solution)
        enough = self.question.enough
        if enough is not None:
            on_time = solution.on_time(self.instance, self.question.ttft)
            if on_time >= enough and on_time > self.on_time:
                self.answer, self.on_time = solution, on_time
        self._check()
        return better

    def offer_order(self, order: Sequence[int]) -> None:
        """Verify an order, and keep it where it is the best, or answers the decision."""
        self.offer(evaluate(self.instance, order))

    def update(self, order: Sequence[int] | None, bound: int) -> None:
        """Take up an order and a proven bound, and tell of both at once."""
        if order is not None:
            self.take(evaluate(self.instance, order))
        if bound < self.bound if self.maximise else bound > self.bound:
            self.bound, self.reason = bound, None
        self._check()
        self.on_change()

    def raise_bound(self, bound: int, reason: FewestLate | None = None) -> bool:
        """Take up a proven bound, and what it rests on; whether it is sharper than the last."""
        sharper = super().raise_bound(bound)
        if sharper:
            self.reason = reason
        self._check()
        return sharper

    def _check(self) -> None:
        """Refuse what contradicts the verifier.

        Raises
        ------
        RuntimeError
            If a schedule is better than what was proven best: a defect.
        """
        value, bound = self.value, self.bound
        if value is not None and (value > bound if self.maximise else value < bound):
            raise RuntimeError(
                f"backend {self.backend} claims that {self.question.objective} of "
                f"{self.instance.name} is {bound} at best, but the verifier finds {value}; please "
                "report this"
            )

    def _tell(self) -> None:
        """Hand the interval to whoever follows the run, from the first schedule on."""
        if self.on_progress is not None and self.best is not None:
            lower, upper = self.interval
            seconds = self.watch.seconds
            self.on_progress(Progress(lower or 0, upper, self.nodes, seconds, self.best.order))

    def result(self) -> Result:
        """The answer so far."""
        question = self.question
        if self.best is None and not (question.decision and not self.maximise):
            self.offer_order(self.instance.by_age.tolist())  # the limit came before any order
        lower, upper = self.interval
        if self.infeasible and question.ttft is not None and lower is not None:
            lower = max(lower, question.ttft + 1)
        if self.infeasible and question.ceiling is not None:
            lower = None  # there is nothing to bound
        in_ticks = question.objective.kind in ("max", "percentile")
        return Result(
            instance=self.instance,
            status=self._status(),
            schedule=self.answer if question.decision else self.best,
            lower_bound=lower if in_ticks else None,
            upper_bound=upper if in_ticks else None,
            core=self.core,
            core_alone=self.core_alone,
            reason=self.reason,
            backend=self.backend,
            seconds=self.watch.seconds,
            compile_seconds=self.watch.compiling,
            nodes=self.nodes,
            ttft_bound=question.ttft,
            ceiling=question.ceiling,
            decision=question.decision,
            enough=question.enough,
            promise=question.promise,
            interrupted=self.interrupted,
            objective=question.objective,
            measured=None if in_ticks else (lower, upper),
        )

    def _status(self) -> Status:
        if self.question.decision:
            if self.on_time == self.instance.n and self.answer is not None:
                return Status.FEASIBLE
            if self.question.promise and self.refuted:  # not all can be, whoever is on time
                return Status.INFEASIBLE
            if self.answer is not None:
                return Status.RELAXED
            return Status.INFEASIBLE if self.refuted else Status.UNKNOWN
        if self.infeasible:
            return Status.INFEASIBLE
        if self.closed:
            return Status.OPTIMAL
        return Status.UNKNOWN if self.best is None else Status.FEASIBLE
