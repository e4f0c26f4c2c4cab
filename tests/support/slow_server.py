"""A server in plain Python over tokens, written from the rules: what fast code is held against."""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from prefixsched.model.instance import Cache


@dataclass
class Query:
    """A waiting query as a rule sees it; times in ticks, lengths in tokens."""

    id: int
    arrival: int
    tokens: tuple
    allowance: int
    client: object
    seen: int = 0
    computed_before: int = 0
    overlap: int = 0
    ticks: int = 0
    wait: int = 0
    passes: int = 0
    computed: int = 0

    @property
    def uncached(self):
        """Tokens to compute."""
        return len(self.tokens) - self.overlap


def common(a, b):
    """Tokens that two sequences share from the start."""
    k = 0
    while k < min(len(a), len(b)) and a[k] == b[k]:
        k += 1
    return k


def queries_of(instance):
    """The queries with their prompts token by token."""
    made = []
    for j in range(instance.n):
        segments = instance.prompts.segments(j)
        tokens = [(label, k) for label, length in segments for k in range(length)]
        # After a segment that ends, the next begins: mark where, as two prompts go on
        # together only where their segments have equal lengths.
        marked, at = [], ()
        for label, length in segments:
            marked += [(at, label, k) for k in range(length)]
            at = (*at, (label, length))
        assert len(marked) == len(tokens)
        made.append(
            Query(
                j,
                int(instance.arrival[j]),
                tuple(marked),
                int(instance.allowance[j]),
                segments[0][0],
            )
        )
    return made


class TokenCache:
    """The rules again, with one entry per token: how deep it is, its stamp, and its run."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.runs = []  # [tokens of the whole path, begin, stamp]
        self.served = 0

    def match(self, tokens):
        """Cached leading tokens: runs cover paths, so some run reaches as deep as any."""
        return max((common(path, tokens) for path, _, _ in self.runs), default=0)

    def serve(self, tokens):
        """Match, make room, insert."""
        self.served += 1
        matched = self.match(tokens)
        for run in list(self.runs):
            path, begin, stamp = run
            shared = common(path, tokens)
            if begin < shared < len(path):
                self.runs.append([path, shared, stamp])
                run[0] = path[:shared]
            if begin < shared:
                run[2] = self.served
        kept = tokens[: self.capacity]
        while sum(len(path) - begin for path, begin, _ in self.runs) > self.capacity - max(
            len(kept) - matched, 0
        ):
            leaves = [
                run
                for run in self.runs
                if run[2] < self.served
                and not any(
                    other[1] == len(run[0]) and other[0][: len(run[0])] == run[0]
                    for other in self.runs
                )
            ]
            oldest = min(run[2] for run in leaves)
            (one,) = (run for run in leaves if run[2] == oldest)  # there are no ties
            self.runs.remove(one)
        if len(kept) > matched:
            self.runs.append([kept, matched, self.served])


def serve(instance, rule):
    """The order in which ``rule(waiting, cached, picks)`` serves; it returns a waiting query.

    Waiting queries come oldest first; ``cached`` lists the cached prompts.
    """
    cost = instance.cost

    def potential(length):
        return floor(cost.token * length + cost.attention * length * length + Fraction(1, 2))

    coming = sorted(queries_of(instance), key=lambda q: (q.arrival, q.id))
    waiting, cached, order = [], [], []
    recent = TokenCache(instance.capacity)  # used where the cache is lru
    now, computed = 0, 0
    while coming or waiting:
        if not waiting:
            now = max(now, coming[0].arrival)
        while coming and coming[0].arrival <= now:
            fresh = coming.pop(0)
            fresh.seen, fresh.computed_before = len(order), computed
            waiting.append(fresh)
        for q in waiting:
            longest = max((common(q.tokens, prompt) for prompt in cached), default=0)
            q.overlap = min(longest, len(q.tokens) - 1)
            q.ticks = potential(len(q.tokens)) - potential(q.overlap)
            q.wait = now - q.arrival
            q.passes = len(order) - q.seen
            q.computed = computed - q.computed_before
        chosen = rule(waiting, cached, len(order))
        waiting.remove(chosen)
        order.append(chosen.id)
        now += chosen.ticks
        computed += chosen.uncached
        if instance.cache is Cache.LRU:
            recent.serve(chosen.tokens)
            cached = [path for path, _, _ in recent.runs]
        else:
            cached = [chosen.tokens] if instance.cache is Cache.LAST else [*cached, chosen.tokens]
    return order
