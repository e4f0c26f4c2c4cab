"""What all generators share: randomness, cost, cache, arrivals, and the record of how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.generate.arrivals import DEFAULT_LOAD, mean_gap, poisson, regular
from prefixsched.generate.reuse import work_with_reuse
from prefixsched.model.cost import Potential, as_fraction
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.options import cache_of, exact, one_of, whole
from prefixsched.model.prompts import Prompts


@dataclass(frozen=True)
class Setting:
    """The options that every generator takes, checked.

    The generator's random numbers come from PCG64 with its seed, and only from
    ``permutation``, ``integers``, ``standard_normal`` and
    ``standard_exponential``, drawn in the order in which its source calls
    them, the arrivals last: the same seed gives the same instance, and another
    load, gap or rate gives the same prompts.

    Parameters
    ----------
    generator
        The generator's name.
    options
        All that it was given, by parameter name.
    rng
        Where its randomness comes from.
    cost
        The prefill cost.
    cache, capacity
        What stays cached, and how many tokens of it where that is limited.
    """

    generator: str
    options: Mapping[str, Any]
    rng: np.random.Generator
    cost: Potential
    cache: Cache
    capacity: int | None

    @classmethod
    def read(cls, generator: str, options: Mapping[str, Any]) -> Setting:
        """Check the common options among ``options``, a generator's ``locals()``.

        Raises
        ------
        InputError
            If one is out of range.
        """
        seed = whole("seed", options["seed"], 0)
        one_of("arrivals", options["arrivals"], "regular", "poisson")
        costs = {
            name: as_fraction(name, exact(name, options[name], zero=True))
            for name in ("token_time", "attention_time")
        }
        chosen = dict(options)
        if all(options[key] is None for key in ("load", "gap", "rate")):
            chosen["load"] = DEFAULT_LOAD
        chosen = {key: value for key, value in chosen.items() if value is not None}
        _mean_gap(Fraction(1), chosen)  # so that a bad one is told before any work is done
        return cls(
            generator,
            chosen,
            np.random.Generator(np.random.PCG64(seed)),
            Potential(costs["token_time"], costs["attention_time"]),
            *cache_of("cache", options["cache"]),
        )

    def gap(self, prompts: Prompts) -> Fraction:
        """The mean ticks between the arrivals of ``prompts``."""
        work = Fraction(work_with_reuse(prompts, self.cost), len(prompts))
        return _mean_gap(work, self.options)

    def arrivals(self, n: int, gap: Fraction) -> IntArray:
        """The arrivals of n queries, ``gap`` ticks apart on average."""
        if self.options["arrivals"] == "regular":
            return regular(n, gap)
        return poisson(self.rng, n, gap)

    def instance(self, ids: Sequence[str], arrival: IntArray, prompts: Prompts) -> Instance:
        """The instance, with the options that made it as ``meta``."""
        parameters = {key: value for key, value in self.options.items() if key != "name"}
        return Instance(
            name=self.options.get("name", f"{self.generator}-n{len(ids)}-s{parameters['seed']}"),
            ids=ids,
            arrival=arrival,
            prompts=prompts,
            cost=self.cost,
            cache=self.cache,
            capacity=self.capacity,
            time_unit="us",
            meta={
                "generator": self.generator,
                "parameters": {key: _plain(value) for key, value in parameters.items()},
            },
        )


def _mean_gap(work: Fraction, options: Mapping[str, Any]) -> Fraction:
    return mean_gap(work, **{name: options.get(name) for name in ("load", "gap", "rate")})


def _plain(value: Any) -> Any:
    """``value`` as JSON keeps it; a decimal as its text, so that it stays exact."""
    return str(value) if isinstance(value, Decimal | Fraction) else value
