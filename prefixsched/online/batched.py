"""Batches and chunked prefill, as engines run them: beyond the exact model.

The rest of this package prefills one prompt at a time, and only for that are
optima certified. Here a *step* computes up to so many tokens, of several prompts
if they fit:

1. The prompt that the step before left unfinished goes on.
2. While tokens are left, the policy picks among those that have arrived and have
   not begun. The pick computes what it didn't find in the cache at the step's
   start; if that is more than is left, it gets what is left, and goes on in the
   next step. So at most one prompt is unfinished between steps.
3. The step takes what its pieces take, F(b) - F(a) for the tokens a to b of a
   prompt, and a fixed time besides. Potentials are additive along a prompt, so
   chunks alone change no prompt's work. All first tokens of a step come at its end.
4. Then what each piece computed is cached, in the order of the picks: an
   unfinished prompt as far as it is. Two prompts of one step that share a prefix
   which isn't cached both compute it. With ``lru``, a chunk's end is the end of a
   node, and the prompts of a step don't pin what they matched for each other.

Steps like SGLang's with ``chunked_prefill_size`` and vLLM's with
``max_num_batched_tokens``, without decoding and without pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.cost import Potential
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.options import whole
from prefixsched.online.policy import Policy, policy_of
from prefixsched.online.server import Server
from prefixsched.online.simulation import Simulation
from prefixsched.plugins.naming import name_of
from prefixsched.verifier.caches import Segments, empty_cache


@dataclass(frozen=True, eq=False, repr=False)
class BatchedSimulation(Simulation):
    """What a policy did in batches; ``order`` is the order of the picks.

    Parameters
    ----------
    batch_tokens
        The most tokens of a step.
    step_ticks
        The fixed time of a step.
    steps
        How many steps it took.
    """

    batch_tokens: int
    step_ticks: int
    steps: int

    def as_dict(self) -> dict[str, Any]:
        """The fields that ``prefixsched simulate --json`` prints for one policy."""
        return {
            **super().as_dict(),
            "model": "batched",
            "batch_tokens": self.batch_tokens,
            "step_ticks": self.step_ticks,
            "steps": self.steps,
        }


def simulate_batched(
    instance: Instance,
    policy: str | Policy | type[Policy],
    batch_tokens: int,
    step_ticks: int = 0,
) -> BatchedSimulation:
    """Run an online policy on a server that works in batches.

    Each step looks at every waiting query, in plain Python.

    Parameters
    ----------
    instance
        The stream; its cost is a potential and its cache ``unbounded`` or ``lru``.
    policy
        As for :func:`prefixsched.online.simulation`.
    batch_tokens
        The most tokens of a step, at least 1.
    step_ticks
        What each step takes besides its tokens, at least 0.

    Raises
    ------
    InputError
        If cost or cache are others, a number is out of range, or the policy
        picks a query that isn't waiting, or raises.
    """
    whole("batch_tokens", batch_tokens)
    whole("step_ticks", step_ticks, 0)
    if not isinstance(instance.cost, Potential):
        raise InputError("cost: batches need costs additive along a prompt; use linear or causal")
    if instance.cache is Cache.LAST:
        raise InputError("cache: a batch has no last prompt; use unbounded or lru")
    chosen = policy_of(policy)
    server = _Batches(instance, instance.cost, batch_tokens, step_ticks)
    order, completion, reused = server.run(chosen)
    return BatchedSimulation(
        instance, name_of(chosen), order, completion, reused,
        batch_tokens, step_ticks, server.steps,
    )  # fmt: skip


class _Batches(Server):
    """One run of a policy in batches."""

    def __init__(self, instance: Instance, cost: Potential, tokens: int, step_ticks: int) -> None:
        super().__init__(instance)
        self.potential = cost
        self.tokens, self.step_ticks = tokens, step_ticks
        self.remembered = empty_cache(instance)
        self.prompts = [instance.prompts.segments(j) for j in range(instance.n)]
        self.steps = 0

    def run(self, policy: Policy) -> tuple[IntArray, IntArray, IntArray]:
        """Serve everything; the order of picks, and by query its completion and reused tokens."""
        instance = self.instance
        n = instance.n
        length = instance.length.tolist()
        completion, reused = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
        waiting = np.empty(0, dtype=np.int64)
        unfinished: tuple[int, int] | None = None  # a query, and how far it is
        now = 0
        while unfinished is not None or len(waiting) or self.arrived < n:
            if unfinished is None:
                now, waiting = self._wait(now, waiting)
            else:
                waiting = np.concatenate((waiting, self._admit(now, len(self.served))))
            self._rematch(waiting)
            left, pieces = self.tokens, list[tuple[int, int, int]]()
            while left and (unfinished is not None or len(waiting)):
                if unfinished is None:
                    j, waiting = self._pick(policy, now, waiting)
                    self.served.append(j)
                    reused[j] = self.matched[j]
                    unfinished = j, int(self.matched[j])
                j, begin = unfinished
                end = min(begin + left, length[j])
                pieces.append((j, begin, end))
                left -= end - begin
                unfinished = None if end == length[j] else (j, end)
            now += self._step(pieces)
            for j, begin, end in pieces:
                self.computed += end - begin
                if end == length[j]:
                    completion[j] = now
                self.remembered.serve(_first(self.prompts[j], end))
        return np.array(self.served, dtype=np.int64), completion, reused

    def _rematch(self, waiting: IntArray) -> None:
        """Look up what each of ``waiting`` would find."""
        found = [self.remembered.match(self.prompts[j]) for j in waiting.tolist()]
        self.matched[waiting] = self._capped(np.array(found, dtype=np.int64), waiting)

    def _step(self, pieces: list[tuple[int, int, int]]) -> int:
        """How long a step of these pieces takes."""
        self.steps += 1
        ends = np.array([end for _, _, end in pieces])
        begins = np.array([begin for _, begin, _ in pieces])
        return int(self.potential.prefill(ends, begins).sum()) + self.step_ticks


def _first(prompt: Segments, tokens: int) -> Segments:
    """The first ``tokens`` tokens of a prompt, of which it has as many or more."""
    kept = []
    for name, length in prompt:
        if tokens <= 0:
            break
        kept.append((name, min(length, tokens)))
        tokens -= length
    return kept
