"""A recommender's ranking prompts: instruction, profile, history, question."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.generate.columns import Column, prompts_of
from prefixsched.generate.common_options import documents_common_options
from prefixsched.generate.setting import Setting
from prefixsched.generate.sizes import sizes
from prefixsched.model.instance import Instance
from prefixsched.model.options import CacheName, spread, total, whole


@documents_common_options
def recommender(
    *,
    users: int = 240,
    per_user: int = 10,
    templates: int = 1,
    versions: int = 2,
    instruction: int = 800,
    profile: int = 400,
    history: int = 1500,
    growth: int = 300,
    question: int = 150,
    cv: float = 0.5,
    load: Decimal | None = None,
    gap: Decimal | None = None,
    rate: Decimal | None = None,
    arrivals: Literal["regular", "poisson"] = "poisson",
    seed: int = 0,
    token_time: Decimal = Decimal(1),
    attention_time: Decimal = Decimal(0),
    cache: CacheName = "last",
    name: str | None = None,
) -> Instance:
    """Make a recommender's queue of prompts in four parts.

    A prompt is (instruction)(user profile)(interaction history)(question). All
    users of a template share its instruction, a user's queries share the
    profile and as much of the history as there was, and the question is a
    query's own. A history only grows: a user's later queries see the same
    version or a later one, which continues the earlier.

    Parameters
    ----------
    users
        Users, each with one template, a profile and a history.
    per_user
        Queries of each user.
    templates
        Instructions in use; each user is given one at random.
    versions
        Versions of a user's history; each query sees one at random.
    instruction
        Tokens of an instruction.
    profile
        Mean tokens of a profile.
    history
        Mean tokens of a history's first version.
    growth
        Mean tokens that each later version adds.
    question
        Mean tokens of a question.

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
    ``prefixsched generate recommender --rate 40 --token-time 8 --seed 1 -o recommender.json``
    """
    setting = Setting.read("recommender", dict(locals()))
    n = total(whole("users", users), whole("per_user", per_user))
    for option, value in {
        "templates": templates,
        "versions": versions,
        "instruction": instruction,
        "profile": profile,
        "history": history,
        "growth": growth,
        "question": question,
    }.items():
        whole(option, value)
    cv = spread("cv", cv)
    rng = setting.rng

    query = rng.permutation(n)
    user = query // per_user
    template = rng.integers(templates, size=users)
    profiles = sizes(rng, users, profile, cv)
    first = sizes(rng, users, history, cv)
    added = sizes(rng, users * (versions - 1), growth, cv).reshape(users, versions - 1)
    histories = np.cumsum(np.column_stack((first, added)), axis=1)
    version = _in_order(user, rng.integers(versions, size=n))
    questions = sizes(rng, n, question, cv)

    names = [f"u{i}" for i in range(1, users + 1)]
    own = [f"{name}q{k}" for name in names for k in range(1, per_user + 1)]
    prompts = prompts_of(
        Column(
            [f"instruction{t}" for t in range(1, templates + 1)],
            template[user],
            np.full(n, instruction),
        ),
        Column([f"{name}-profile" for name in names], user, profiles[user]),
        Column([f"{name}-history" for name in names], user, histories[user, version]),
        Column(own, query, questions),
    )
    arrival = setting.arrivals(n, setting.gap(prompts))
    return setting.instance([own[j] for j in query.tolist()], arrival, prompts)


def _in_order(user: IntArray, version: IntArray) -> IntArray:
    """``version``, exchanged among each user's queries so that it never falls."""
    ordered = np.empty_like(version)
    ordered[np.argsort(user, kind="stable")] = version[np.lexsort((version, user))]
    return ordered
