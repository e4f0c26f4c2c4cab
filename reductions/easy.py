"""Cases in which a simple policy is optimal: no reuse, and equal arrivals.

**No reuse.** Let the set-up time of each query be the same after every other query,
and with an empty cache: p(i, j) = p_j. (So it is where no two prompts share a
token that counts: o(i, j) = 0 for all i ≠ j, after the cap at the length of x_j less
1; any cost model and either cache.) Then FCFS has the least possible largest TTFT.

Proof. Let j have the largest TTFT under FCFS, let s be the last moment up to its start
at which the server, having been idle or just beginning, starts a query, and Q the
queries served from s up to and including j. The server does not idle meanwhile, so
j ends at s + Σ p_i, i in Q. The first of Q starts when it arrives, at s, and FCFS
serves by arrival: all of Q arrive in [s, r_j]. In any schedule Q takes Σ p_i, none of it
before s; so whichever of Q is last ends at s + Σ p_i or later. It arrived by r_j: its TTFT is
at least that of j under FCFS.

**Equal arrivals.** Let all queries arrive at once and the cost be a potential, p =
F(length) - F(overlap), F non-decreasing; either cache. Call W the weight of the radix trie
of the prompts, F(depth below) - F(depth above) for each edge, plus F(L) - F(L - 1) for
each query that repeats an earlier one's prompt, of L tokens. Then W is the least largest
TTFT, and any depth-first order has it that serves a prompt before those that continue it
and queries of equal prompts one after the other (:func:`depth_first`).

Proof. The largest TTFT is the end of the last prefill less the common arrival: nobody has
a reason to idle, so it is the work. *At least W*: the first query through an edge, whatever is
cached, has an overlap that ends at the top of the edge at most, so among what it
pays there is the whole edge (F at both ends of the edge lies between F(overlap) and F(length)).
Edges of one query lie one below the other, so their weights add up. A query that
repeats a prompt is the first through no edge, and by the cap pays F(L) - F(L - 1) at least.
*At most W*: in such an order a query that does not repeat finds the path to its first new
edge cached, with the last prompt: that prompt lies in the same subtree of that branching point,
or is the point itself. The path is at most L - 1 tokens long, as the query's own prompt
ends past it: the cap does not bite. So it pays for its new edges alone. Those that repeat
share L tokens, capped at L - 1, with their twin just before.

**LPM** serves in such an order, up to the place of twins, if each prompt comes before those
that continue it in the order of ties (arrival, then file order). Consider the server
entering the subtree below a node for the first time. The depth of the node is d; so far
all queries in the subtree match the same o < d tokens, none of them capped below that. LPM's
pick is the oldest of the longest matches, so if a prompt ends at the node, the oldest
such query is next; it is older than all those that continue it. From then on the longest
match is with the subtree until that holds nothing but twins of depth d, whose match is
capped at d - 1. Each twin pays F(d) - F(d - 1) whenever it is served, as long as d - 1
tokens match, and LPM leaves the subtree of that depth no sooner. So the work is W.

Without that condition LPM can be beaten: of "ab" and then "a", both at 0, LPM serves the oldest
first, and "a" pays its last token again, 3 in all; "a" and then "ab" pay 2. The loss is bounded:
LPM enters the subtree of each prompt, by whatever query, and pays its edges once;
those who end at its node, if they come later, pay their last token. So LPM's work is at
most W + Σ (F(L) - F(L - 1)), over the distinct prompts that another one continues.

The proofs need a potential. Under the rectangular cost a reused token saves
more for a long prompt than for a short one, and depth-first orders differ: of
"abcdef" and "abx" at 0, p = (L - o)(1 + L), it matters who is first.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.generate.columns import Column, prompts_of
from prefixsched.generate.common_options import documents_common_options
from prefixsched.generate.setting import Setting
from prefixsched.generate.sizes import sizes
from prefixsched.model.cost import Potential
from prefixsched.model.instance import Instance
from prefixsched.model.options import CacheName, spread, total, whole
from prefixsched.model.prompts import Prompts


def depth_first(instance: Instance) -> IntArray:
    """``[n]``; the queries in a depth-first order of the trie, a prompt before what continues it.

    Nodes of the trie are numbered that way; equal prompts end at one node.
    """
    return np.argsort(instance.trie.node, kind="stable")


def least_work(instance: Instance) -> int:
    """The ticks W that queries which arrive together need, under a potential cost.

    Raises
    ------
    TypeError
        If the cost is no potential.
    """
    cost, trie = instance.cost, instance.trie
    if not isinstance(cost, Potential):
        raise TypeError("the cost is no potential")
    potential = cost.potential(trie.depth)
    last_token = potential - cost.potential(np.maximum(trie.depth - 1, 0))
    repeats = np.maximum(np.bincount(trie.node, minlength=len(trie.depth)) - 1, 0)
    return int((potential - potential[trie.parent]).sum() + (repeats * last_token).sum())


@documents_common_options
def no_reuse(
    *,
    queries: int = 20,
    tokens: int = 1000,
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
    """Make a queue of prompts that have nothing in common, for which FCFS is optimal.

    Parameters
    ----------
    queries
        Queries.
    tokens
        Mean tokens of a prompt.
    load
        Work over time available; 0.9 where no other is given: mean prefill ticks
        per query over the mean gap.

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
    ``prefixsched generate no-reuse --queries 50 --load 1.2 --seed 1 -o strangers.json``
    """
    setting = Setting.read("no-reuse", dict(locals()))
    n = total(whole("queries", queries))
    whole("tokens", tokens)
    length = sizes(setting.rng, n, tokens, spread("cv", cv))
    names = [f"q{j}" for j in range(1, n + 1)]
    prompts = prompts_of(Column(names, np.arange(n), length))
    return setting.instance(names, setting.arrivals(n, setting.gap(prompts)), prompts)


@documents_common_options
def equal_arrivals(
    *,
    queries: int = 20,
    tokens: int = 1000,
    cv: float = 0.5,
    seed: int = 0,
    token_time: Decimal = Decimal(1),
    attention_time: Decimal = Decimal(0),
    cache: CacheName = "last",
    name: str | None = None,
) -> Instance:
    """Make queries that all arrive at 0, for which LPM, a depth-first order, is optimal.

    Each query takes a random part of an earlier one's prompt, from nothing to
    all of it, and goes on with tokens of its own: a random trie, in which a
    prompt comes before those that continue it.

    Parameters
    ----------
    queries
        Queries.
    tokens
        Mean tokens that a query adds.

    Returns
    -------
    Instance
        Its queries in the order in which ties end.

    Raises
    ------
    InputError
        If an option is out of range.

    Examples
    --------
    ``prefixsched generate equal-arrivals --queries 30 --seed 2 -o batch.json``
    """
    options = dict(locals())
    setting = Setting.read(
        "equal-arrivals",
        options | {"load": None, "gap": Decimal(0), "rate": None, "arrivals": "regular"},
    )
    n = total(whole("queries", queries))
    whole("tokens", tokens)
    added = sizes(setting.rng, n, tokens, spread("cv", cv)).tolist()
    names = [f"q{j}" for j in range(1, n + 1)]
    prompts = list[list[tuple[str, int]]]()
    for j, name_ in enumerate(names):
        shared = list[tuple[str, int]]()
        if j:
            source = prompts[int(setting.rng.integers(j))]
            part = int(setting.rng.integers(len(source) + 1))
            shared = source[:part]
            if shared and setting.rng.integers(2):  # branch off within the last segment
                label, length = shared[-1]
                shared = [*shared[:-1], (label, int(setting.rng.integers(1, length + 1)))]
        prompts.append([*shared, (name_, added[j])])
    arrival = np.zeros(n, dtype=np.int64)
    return setting.instance(names, arrival, Prompts.from_segments(prompts))
