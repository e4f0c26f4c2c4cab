"""Local search for the worst competitive ratio, with the exact engine as judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from prefixsched.bounds.work import work_bound
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.model.options import whole
from prefixsched.offline.solve import solve
from prefixsched.online.simulation import simulate
from prefixsched.plugins.naming import name_of
from prefixsched.plugins.registry import create
from prefixsched.studies.adversary_genome import Genome

MAX_NODES = 20_000
"""Of the judge for each stream: what it leaves open counts by the schedule it found."""
MOST = 64


@dataclass(frozen=True)
class Champion:
    """The worst stream found for a policy.

    Parameters
    ----------
    policy
        The policy's name.
    instance
        The stream.
    ttft
        The policy's largest TTFT on it, in ticks.
    lower_bound, upper_bound
        What is proven of the least possible one.
    interrupted
        Whether somebody ended the search before its steps were done.
    """

    policy: str
    instance: Instance
    ttft: int
    lower_bound: int
    upper_bound: int
    interrupted: bool = False

    @property
    def ratio(self) -> Fraction:
        """What the competitive ratio on this stream is at least: the schedule is there to see."""
        return Fraction(self.ttft, self.upper_bound)


def search(
    policy: str,
    n: int,
    *,
    steps: int = 2000,
    seed: int = 0,
    start: Instance | None = None,
    on_better: Callable[[Champion], None] | None = None,
) -> Champion:
    """Look for the stream of n queries on which a policy is worst.

    Local search by small changes of arrivals, lengths and prefixes. A change
    is kept where the ratio isn't lower, so the search drifts over plateaus; it
    starts anew, from the best or from chance by turns, where it stood still for
    long. A stream is only given to the exact engine if the work bound leaves
    the ratio a chance to be kept. The same seed and steps give the same stream.

    Parameters
    ----------
    policy
        A policy, as ``-p`` takes it.
    n
        Queries, 2 to 64.
    steps
        Streams to look at.
    seed
        Of the random changes.
    start
        A stream of at most n queries to begin with, to which others are added
        that do no harm; one of chance where None.
    on_better
        Called with each new champion.

    Returns
    -------
    Champion
        After an interrupt (Ctrl-C) the worst of the streams looked at so far.

    Raises
    ------
    InputError
        If an option is out of range, or ``start`` is another kind of stream.
    """
    name = name_of(create("policies", policy))
    if whole("n", n, 2) > MOST:
        raise InputError(f"n: {n} is too large to be judged exactly; give {MOST} or less")
    whole("steps", steps)
    rng = np.random.Generator(np.random.PCG64(whole("seed", seed, 0)))
    here = Genome.random(rng, n) if start is None else Genome.of(start)
    if here is None or len(here.arrival) > n:
        raise InputError(
            f"start: not a stream of at most {n} queries that adversary made; leave it out"
        )
    here = here.extended(n)
    patience = 20 * n
    current = best = _judge(policy, name, here, Fraction(0))
    assert best is not None
    assert current is not None
    champion, still, restarts = here, 0, 0
    seen, interrupted = 0, False
    try:
        for _ in range(steps):
            seen += 1
            changed = here
            for _ in range(1 + int(rng.integers(2))):
                changed = changed.mutate(rng)
            judged = _judge(policy, name, changed, current.ratio)
            still += 1
            if judged is not None and judged.ratio >= current.ratio:
                still = 0 if judged.ratio > current.ratio else still
                here, current = changed, judged
            if current.ratio > best.ratio:
                champion, best = here, current
                if on_better is not None:
                    on_better(best)
            if still > patience:
                restarts += 1
                still = 0
                here = champion if restarts % 2 else Genome.random(rng, n)
                current = _judge(policy, name, here, Fraction(0))
                assert current is not None
    except KeyboardInterrupt:
        interrupted = True
    told = _named(best, policy, seen, seed)
    return replace(best, instance=told, interrupted=interrupted)


def _judge(policy: str, name: str, genome: Genome, least: Fraction) -> Champion | None:
    """What the policy does on a stream against the optimum; None where it is below ``least``."""
    instance = genome.instance()
    run = simulate(instance, policy)
    if run.max < least * work_bound(instance).ticks:
        return None
    result = solve(instance, max_nodes=MAX_NODES, threads=1, start=run.order.tolist())
    if result.interrupted:
        raise KeyboardInterrupt
    assert result.lower_bound is not None
    assert result.upper_bound is not None
    return Champion(name, instance, run.max, result.lower_bound, result.upper_bound)


def _named(champion: Champion, policy: str, steps: int, seed: int) -> Instance:
    """The champion's stream, with its story in ``meta``."""
    instance = champion.instance
    return replace(
        instance,
        name=f"{file_stem(champion.policy)}-n{instance.n}",
        meta={
            "adversary": {
                "policy": policy,
                "policy_ttft": champion.ttft,
                "lower_bound": champion.lower_bound,
                "upper_bound": champion.upper_bound,
                "ratio": f"{champion.ratio.numerator}/{champion.ratio.denominator}",
                "steps": steps,
                "seed": seed,
            }
        },
    )


def file_stem(policy: str) -> str:
    """A policy's name as part of a file's name."""
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in policy)
