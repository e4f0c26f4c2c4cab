"""``prefixsched generate three-partition``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from prefixsched.generate.common_options import documents_common_options
from prefixsched.model.cost import Potential, as_fraction
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.model.options import exact, whole
from reductions.problem import ThreePartition
from reductions.samples import just_missed, obstructed, planted
from reductions.three_partition import forward

DEFAULT_M = 4
DEFAULT_B = 100


@documents_common_options
def three_partition(
    *,
    items: tuple[int, ...] | None = None,
    m: int | None = None,
    b: int | None = None,
    yes: bool = False,
    no: bool = False,
    near: bool = False,
    prefix: int | None = None,
    prompt: int | None = None,
    seed: int = 0,
    token_time: Decimal = Decimal(1),
    attention_time: Decimal = Decimal(0),
    name: str | None = None,
) -> Instance:
    """Make a queue in which TTFT ≤ T is possible if and only if 3-PARTITION says yes.

    Given 3m sizes between b/4 and b/2, of sum m b: do they form m triples of sum
    b? The queue is built so that its queries fit into [T, 2T] only with a
    triple in each gap between separators. T is in ``meta.ttft``; the proof is in
    reductions/README.md. With attention_time, or a token_time that isn't whole,
    a size is a family of as many queries that share a prefix, else a prompt's
    length.

    Parameters
    ----------
    items
        The sizes themselves, in place of random ones.
    m
        Triples; 4 where nothing is given.
    b
        The sum of each triple; 100 where nothing is given.
    yes
        Random sizes with a planted partition; this is the default.
    no
        Random sizes without a partition, and meta says why there is none.
    near
        Sizes without a partition, one unit from sizes that have one.
    prefix
        Tokens that two separators share, and the queries of a family.
    prompt
        Tokens of a separator, and of a family's queries.
    name
        The instance's name; made up from the generator, m and the seed where not given.

    Returns
    -------
    Instance
        Its queries in order of arrival.

    Raises
    ------
    InputError
        If the sizes are no 3-PARTITION instance, or an option is out of range.

    Examples
    --------
    ``prefixsched generate three-partition --m 6 --b 100 --yes --seed 1 -o f.json``
    ``prefixsched generate three-partition --items 26,33,41,30,34,36 -o f.json``
    """
    options = dict(locals())
    rates = [
        as_fraction(option, exact(option, options[option], zero=True))
        for option in ("token_time", "attention_time")
    ]
    whole("seed", seed, 0)
    kinds = [kind for kind in ("yes", "no", "near") if options[kind]]
    if len(kinds) > 1:
        raise InputError(f"{' and '.join(kinds)}: given together; give one of yes, no, near")
    meta: dict[str, Any] = {"generator": "three-partition"}
    if items is not None:
        if kinds:
            raise InputError(f"items and {kinds[0]}: given together; give one of them")
        problem, kind = _given(items, m, b), ""
    else:
        kind = kinds[0] if kinds else "yes"
        options["m"] = whole("m", DEFAULT_M if m is None else m)
        options["b"] = whole("b", DEFAULT_B if b is None else b)
        rng = np.random.Generator(np.random.PCG64(seed))
        size = options["m"], options["b"]
        if kind == "yes":
            problem = planted(*size, rng)
            meta["answer"] = "yes"
        else:
            problem, why = (obstructed if kind == "no" else just_missed)(*size, rng)
            meta |= {"answer": "no", "refutation": why.as_dict()}
    made_up = f"three-partition-m{problem.m}" + (f"-{kind}-s{seed}" if items is None else "")
    meta["parameters"] = {
        key: str(value) if isinstance(value, Decimal) else value
        for key, value in options.items()
        if key != "name" and value is not None and value is not False
    }
    return forward(
        problem,
        Potential(*rates),
        prefix=prefix,
        prompt=prompt,
        name=made_up if name is None else name,
        meta=meta,
    )


def _given(items: tuple[int, ...], m: int | None, b: int | None) -> ThreePartition:
    """The sizes as a problem, held against ``m`` and ``b`` where they are given."""
    if m is not None and len(items) != 3 * m:
        raise InputError(f"items: {len(items)} sizes, but m = {m}; give {3 * m}")
    if b is not None and len(items) % 3 == 0 and sum(items) != len(items) // 3 * b:
        raise InputError(
            f"items: their sum is {sum(items)}; give sizes of sum m b = {len(items) // 3 * b}"
        )
    return ThreePartition(items)
