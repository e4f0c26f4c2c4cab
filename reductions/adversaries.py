"""Queues on which policies are as far from the optimum as we can bring them.

All are under the linear cost of one tick a token, with the prompt processed last
cached. n is the number of queries, T* the least possible largest TTFT.

**What no family can exceed.** Under any potential cost F, and with either cache, a
policy that never idles while a query waits has every TTFT at most n (n + 1) / 2 · T*.
Proof: in an optimal order number the queries 1 … n, of lengths L_k. Query k takes
p_k ≤ TTFT_k ≤ T*, and p_k = F(L_k) - F(o) with o at most the greatest of L_1 … L_{k-1}
(o ≤ L_{k-1} if only the last prompt is cached), so F(L_k) ≤ T* + max F(L_i), i < k, and
by induction F(L_k) ≤ k T*. From a query's arrival to its first token a policy that does
not idle is always serving, each query at most once and none for longer than its F(L):
at most Σ k T* in all. FCFS, LPM and k-LPM are such policies. So against FCFS, and
k-LPM for each fixed k, :func:`k_lpm_adversary` has the greatest possible order, n².

These families have no randomness: ``seed`` is taken, and recorded, as by all
generators. ``meta.proven`` has what is proved below: the optimum, the policy and its
largest TTFT.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefixsched.model.cost import MAX_NUMBER, Potential
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.model.options import total, whole
from reductions.queries import Query, instance_of


def k_lpm_adversary(
    *, k: int = 4, rounds: int = 2, seed: int = 0, name: str | None = None
) -> Instance:
    """Make a queue on which k-LPM is n²/(4 max(k, 2)) + 1 times worse than the optimum.

    A long prefix is built up in small steps, which only its first user has to pay
    for. Then unrelated queries come between its users, and every k-th pick, which
    goes to the oldest, throws it out of the cache. k = 1 is FCFS.

    Parameters
    ----------
    k
        The policy to be worst for is k-lpm:k.
    rounds
        How often the prefix is lost; there are 2 max(k, 2) rounds queries.
    seed
        Recorded alone: there is nothing random.
    name
        The instance's name; made up from the generator and n where not given.

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
    ``prefixsched generate k-lpm-adversary --k 4 --rounds 3 -o worst.json``

    Notes
    -----
    Let b = max(k, 2), R ``rounds`` and s = b R. First s warm-up queries: the i-th has
    the first i s tokens of one sequence x and arrives at (i - 1) s. Then, all at s² and in
    this order, R blocks of one *stranger* (one token of its own) and b - 1 *users* (the s²
    tokens of x and one of their own). n = 2s.

    The optimum is s. Serve the warm-up queries on arrival: each finds its predecessor cached and
    costs s. At s² all of x is cached; users first, for one tick each, and then strangers,
    for one tick each, end at s² + s. Conversely the last of s queries that arrive together
    and cost a tick or more has TTFT s or more.

    k-LPM has s (R s + 1). In the warm-up just one query waits at each pick. These are s
    picks, and k divides s, so pick s is the oldest's: the first stranger. Now the cache
    matches nobody. If k = 1 the next oldest, a user, pays s² + 1, and so it goes on: s² + 2
    for each of R blocks. Otherwise k - 1 longest matches follow: all ties go to the oldest, a
    user, who pays s² + 1; then the k - 2 oldest users at 1 each. So the block is served, and
    the next pick is the oldest's again, the next stranger. A block takes s² + k, R of them
    R s² + s. The ratio is R s + 1 = n²/(4b) + 1.

    With ``oldest=last`` and k > 1 the picks of two blocks are, in turn: k - 1 users at 1 each,
    the stranger, and, as the cache matches nobody, the next stranger and a user at s² + 1; then all
    is as at the start. So every second block pays, and for even R the ratio is R s / 2 + 1.
    """
    whole("k", k)
    whole("rounds", rounds)
    block = max(k, 2)
    s = total(block, rounds)
    _check(3 * s**3)
    warm_up: list[Query] = [(f"w{i}", (i - 1) * s, [("x", i * s)]) for i in range(1, s + 1)]
    then: list[Query] = []
    for r in range(1, rounds + 1):
        then.append((f"s{r}", s * s, [(f"s{r}", 1)]))
        users = [f"u{r}.{i}" for i in range(1, block)]
        then += [(user, s * s, [("x", s * s), (user, 1)]) for user in users]
    return _instance(
        "k-lpm-adversary",
        [*warm_up, *then],
        name,
        {"k": k, "rounds": rounds, "seed": whole("seed", seed, 0)},
        {"optimum": s, "policy": f"k-lpm:{k}", "max": s * (rounds * s + 1)},
    )


def lpm_adversary(
    *, queries: int = 10, own: int = 100, seed: int = 0, name: str | None = None
) -> Instance:
    """Make a queue in which LPM starves one query: almost n - 1 times worse than the optimum.

    Users of one prefix follow each other so closely that one always waits; a query
    without the prefix is served after all of them.

    Parameters
    ----------
    queries
        Users of the prefix; the starved query comes in addition.
    own
        Tokens of a user's own, and the ticks between two users.
    seed
        Recorded alone: there is nothing random.
    name
        The instance's name; made up from the generator and n where not given.

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
    ``prefixsched generate lpm-adversary --queries 30 --own 1000 -o starved.json``

    Notes
    -----
    Let d be ``own`` and m ``queries``. User i = 0 … m - 1 has one token of x and d of its own
    and arrives at i d; the starved query has one token and arrives at 1. n = m + 1.

    LPM has m d + 1. It serves user 0 in [0, 1 + d], and user i until 1 + (i + 1) d, when user
    i + 1 waits and matches one token, which the starved one does not. That ends at m d + 2.

    The optimum is d + 3. The starved one in [1, 2], user 0 until d + 3, and each other d later: all
    have d + 3, but the starved one 1. Conversely, take any schedule. If the starved query is
    first, nobody starts before 1, and the users take 1 + m d: the last of them ends at 3 + m d
    or later and arrived by (m - 1) d. If it comes after j users, 0 < j < m, the first of the
    others pays for x again, and the last ends at (1 + j d) + 1 + (1 + (m - j) d) = 3 + m d or
    later. If it is last, it has m d + 1 ≥ d + 3, as m ≥ 2 and d ≥ 2. The ratio is
    (m d + 1) / (d + 3), which grows to m = n - 1 with d.
    """
    whole("queries", queries, 2)
    whole("own", own, 2)
    total(queries)
    _check(2 * queries * (own + 1) + 4)
    users: list[Query] = [(f"u{i}", i * own, [("x", 1), (f"u{i}", own)]) for i in range(queries)]
    starved: Query = ("starved", 1, [("starved", 1)])
    return _instance(
        "lpm-adversary",
        [users[0], starved, *users[1:]],
        name,
        {"queries": queries, "own": own, "seed": whole("seed", seed, 0)},
        {"optimum": own + 3, "policy": "lpm", "max": queries * own + 1},
    )


def fcfs_adversary(
    *, rounds: int = 10, own: int = 1, seed: int = 0, name: str | None = None
) -> Instance:
    """Make a queue on which FCFS is (n + 1)/3 times worse than the optimum.

    Users of two prefixes arrive together, by turns, and FCFS reuses nothing. For
    a greater ratio, n²/8 + 1, there is k-lpm-adversary with k = 1.

    Parameters
    ----------
    rounds
        Users of each of the two prefixes.
    own
        Tokens of a user's own.
    seed
        Recorded alone: there is nothing random.
    name
        The instance's name; made up from the generator and n where not given.

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
    ``prefixsched generate fcfs-adversary --rounds 50 -o turns.json``

    Notes
    -----
    Let d be ``own``. There are n = 2 ``rounds`` queries, and both prefixes have n d tokens.
    FCFS pays n d + d for each query, which are n (n + 1) d in all. Any order pays for each
    prefix once and for d tokens of each query, 3 n d in all, and one prefix after the other pays
    no more: as all arrive at 0, the optimum is 3 n d.
    """
    whole("rounds", rounds)
    whole("own", own)
    n = total(2, rounds)
    prefix = n * own
    _check(2 * n * (prefix + own))
    turns: list[Query] = [
        (f"{side}{i}", 0, [(side, prefix), (f"{side}{i}", own)])
        for i in range(1, rounds + 1)
        for side in "ab"
    ]
    return _instance(
        "fcfs-adversary",
        turns,
        name,
        {"rounds": rounds, "own": own, "seed": whole("seed", seed, 0)},
        {"optimum": 3 * n * own, "policy": "fcfs", "max": n * (n + 1) * own},
    )


def _check(tokens: int) -> None:
    """Refuse what a file could not hold: ``tokens`` bounds lengths, and times, in all."""
    if tokens > MAX_NUMBER:
        raise InputError(f"queries: up to {tokens} ticks in all, past 2^53; give smaller numbers")


def _instance(
    generator: str,
    queries: Sequence[Query],
    name: str | None,
    parameters: dict[str, Any],
    proven: dict[str, Any],
) -> Instance:
    meta = {"generator": generator, "parameters": parameters, "proven": proven}
    made_up = f"{generator}-n{len(queries)}"
    return instance_of(made_up if name is None else name, queries, Potential(), meta)
