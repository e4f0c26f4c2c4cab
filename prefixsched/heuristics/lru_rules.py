"""Search for a rule of list scheduling with the cache ``lru``, segment by segment of the stream.

What a rule's numbers are best depends on the stream, and on its times of the day. So rules are
drawn at random first, and then changed where the largest TTFT comes from: local search in the
problem space rather than among orders (Storer, Wu and Vaccari 1992).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.heuristics.lru_list_scheduling import Rule, segments
from prefixsched.heuristics.lru_stream import LruSource

SEGMENTS = 60
"""Segments of a stream: of a minute, in an hour."""
STALE = 25
"""Rules in a row that aren't better, after which the best one is changed segment by segment."""
NEW_RULES = 0.3
"""Share of the rules before that which are drawn anew rather than around the best."""
REACH = (0.5, 1.1)
IDLING = (0.0, 0.1, 0.3, 0.6, 1.0)
NOISE = (0.0, 0.1, 0.3)
"""What rules are drawn from. The best had reaches from 0.7 to 1.05, other on each stream, and any
idling and noise."""
BELOW = (0.03, 0.15, 0.4)
"""An allowance is below the best largest TTFT by up to one of these shares."""
AIM = 0.97
"""A changed rule is judged by the tardiness beyond this share of the best largest TTFT."""
GROWTH = 1.002
"""By what factor a change may let that grow."""


class RuleSearch:
    """The rule at hand, and what to try next.

    Parameters
    ----------
    source
        The stream.
    rng
        Of all draws.
    """

    def __init__(self, source: LruSource, rng: np.random.Generator) -> None:
        self.rng = rng
        self.k = min(SEGMENTS, source.instance.n)
        self.segment = segments(source, self.k)
        self.stale = 0
        self.current: Rule | None = None
        self.ttft = np.zeros(0, dtype=np.int64)  # of the current rule
        self.worst = 0  # of all rules

    def draw(self, worst: int) -> Rule:
        """A rule to try, where ``worst`` is the best largest TTFT."""
        rng = self.rng
        if self.current is not None and self.stale >= STALE:
            return self._change(self.current)
        share = 1 - rng.uniform(0, float(rng.choice(BELOW)))
        rule = self.current
        if rule is None or rng.random() < NEW_RULES:
            reach, idling = rng.uniform(*REACH), float(rng.choice(IDLING))
            matching = bool(rng.random() < 0.9)
        else:
            reach = rule.reach[0] + 0.06 * float(rng.standard_normal())
            idling = max(0.0, rule.idling[0] + float(rng.choice([0.0, -0.15, 0.15])))
            matching = rule.matching
        return Rule(
            allowance=int(share * worst),
            reach=np.full(self.k, reach),
            idling=np.full(self.k, idling),
            noise=float(rng.choice(NOISE)),
            matching=matching,
            seed=int(rng.integers(2**31)),
        )

    def _change(self, rule: Rule) -> Rule:
        """A rule with other numbers for one or two segments, or another allowance."""
        rng, reach, idling = self.rng, rule.reach.copy(), rule.idling.copy()
        allowance = rule.allowance
        critical = int(self.segment[np.argmax(self.ttft)])
        for _ in range(rng.integers(1, 3)):
            back = int(rng.exponential(self.k / 10))
            near = max(0, critical - back)
            k = near if rng.random() < 0.8 else int(rng.integers(self.k))
            what = rng.random()
            if what < 0.6:
                reach[k] = np.clip(reach[k] + 0.08 * rng.standard_normal(), 0, 1.2)
            elif what < 0.9:
                idling[k] = max(0.0, idling[k] + 0.4 * rng.standard_normal())
            else:
                allowance = int(self.worst * rng.uniform(AIM, 1))
        return replace(rule, allowance=allowance, reach=reach, idling=idling)

    def judge(self, rule: Rule, ttft: IntArray) -> None:
        """Learn what a rule came to: the TTFT of each query."""
        worst = int(ttft.max())
        better = self.current is None or worst < self.worst
        if self.stale < STALE:
            self.stale = 0 if better else self.stale + 1
            keep = better
        else:
            aim = AIM * min(self.worst, worst)
            keep = _tardiness(ttft, aim) <= GROWTH * _tardiness(self.ttft, aim)
        self.worst = worst if better else self.worst
        if keep:
            self.current, self.ttft = rule, ttft

    def follow(self, other: RuleSearch) -> None:
        """Go on from the rule of another search, where that is better."""
        if other.current is not None and (self.current is None or other.worst < self.worst):
            self.current, self.ttft, self.worst = other.current, other.ttft, other.worst


def _tardiness(ttft: IntArray, aim: float) -> float:
    return float(np.maximum(ttft - aim, 0.0).sum())
