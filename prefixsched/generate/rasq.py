"""The synthetic model of the paper: a shuffled queue with regular arrivals."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import numpy as np

from prefixsched.generate.columns import Column, prompts_of
from prefixsched.generate.common_options import documents_common_options
from prefixsched.generate.setting import Setting
from prefixsched.model.instance import Instance
from prefixsched.model.options import CacheName, total, whole


@documents_common_options
def rasq(
    *,
    users: int = 8,
    per_user: int = 3,
    u: int = 4000,
    d: int = 2000,
    load: Decimal | None = None,
    gap: Decimal | None = None,
    rate: Decimal | None = None,
    arrivals: Literal["regular", "poisson"] = "regular",
    seed: int = 0,
    token_time: Decimal = Decimal(1),
    attention_time: Decimal = Decimal(0),
    cache: CacheName = "last",
    name: str | None = None,
) -> Instance:
    """Make a regular-arrival shuffled queue, RASQ(users, per_user, load).

    Each user has ``per_user`` queries whose prompts share the user's own prefix
    and then differ: ``[["u3", u], ["u3q1", d]]``. All queries are shuffled, and
    the i-th of the queue arrives at floor(i gap + 1/2).

    Parameters
    ----------
    users
        Users, each with a prefix of its own.
    per_user
        Queries of each user.
    u
        Tokens that a user's queries share.
    d
        Tokens that are a query's own.
    load
        Work with perfect reuse over time available; 0.9 where no other is given:
        (F(u) / per_user + F(u + d) - F(u)) / gap.

    Returns
    -------
    Instance
        Its queries in order of arrival.

    Raises
    ------
    InputError
        If an option is out of range.

    Examples
    --------
    ``prefixsched generate rasq --users 12 --per-user 4 --load 1.2 --seed 1 -o rasq.json``
    """
    setting = Setting.read("rasq", dict(locals()))
    n = total(whole("users", users), whole("per_user", per_user))
    whole("u", u)
    whole("d", d)
    names = [f"u{i}" for i in range(1, users + 1)]
    own = [f"{user}q{k}" for user in names for k in range(1, per_user + 1)]
    query = setting.rng.permutation(n)
    prompts = prompts_of(
        Column(names, query // per_user, np.full(n, u)),
        Column(own, query, np.full(n, d)),
    )
    arrival = setting.arrivals(n, setting.gap(prompts))
    return setting.instance([own[j] for j in query.tolist()], arrival, prompts)
