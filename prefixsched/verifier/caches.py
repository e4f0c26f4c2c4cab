"""The verifier's caches, in plain Python over the segments as the file states them.

Every cache starts empty. ``match`` says how many leading tokens of a prompt are
cached, and ``serve`` processes the prompt. Like the verifier they share no code with
the trie, the simulator and the exact backends. Serving a prompt takes time that
grows with its segments, however many prompts came before and however long it is.

**The cache** ``lru`` is a radix cache of C tokens, as SGLang's with pages of one
token (``radix_cache.py`` in sgl-project/sglang, python/sglang/srt/mem_cache). It
is a tree whose nodes hold runs of tokens. Serving the t-th prompt x of a run:

1. *Match.* The longest cached prefix of x is found. If it ends inside a node,
   that node is split there, and stays split. All nodes of the prefix are stamped
   t; the lower part of a split node keeps the stamp that it had. (SGLang stamps
   that part too.)
2. *Make room.* Of x's tokens that aren't cached, those among its first C are to
   be kept. Until they fit, the leaf with the smallest stamp is removed, as a
   whole node; the prefix matched is pinned.
3. *Insert* these tokens as one node below the prefix, stamped t.

What x reuses is the prefix found in step 1, at most all of x but its last token; a
last token that is computed although it is cached takes no room of its own. Step 2 always ends:
pinned and new tokens are at most C, and whatever else there is hangs below or
beside the prefix, so it has a leaf. No two leaves have the same stamp: the nodes
stamped t lie on one path, that of the t-th prompt, and a node above another of
them is no leaf. So there are no ties.

A prompt longer than C is computed all the same. With C = 0 nothing is ever
cached; with C at least the number of tokens in the prompts' trie nothing is ever
removed, which is ``unbounded``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Protocol

from prefixsched.model.instance import Cache, Instance
from prefixsched.model.prompts import Name

Segments = Sequence[tuple[Name, int]]


class PromptCache(Protocol):
    """What a server remembers."""

    def match(self, prompt: Segments) -> int:
        """Leading tokens of ``prompt`` that are cached."""
        ...

    def serve(self, prompt: Segments) -> int:
        """Process ``prompt``; leading tokens of it that were cached."""
        ...


def empty_cache(instance: Instance) -> PromptCache:
    """The cache of an instance before the first query."""
    if instance.cache is Cache.LAST:
        return LastPrompt()
    if instance.cache is Cache.UNBOUNDED:
        return RecentPrompts(int(instance.length.sum()))  # nothing is ever removed
    assert instance.capacity is not None
    return RecentPrompts(instance.capacity)


class LastPrompt:
    """A cache of the prompt processed last."""

    def __init__(self) -> None:
        self.prompt: Segments = ()

    def match(self, prompt: Segments) -> int:
        """Leading tokens of ``prompt`` that are cached."""
        shared = 0
        for (name, length), (other, other_length) in zip(prompt, self.prompt, strict=False):
            if name != other:
                break
            shared += min(length, other_length)
            if length != other_length:
                break
        return shared

    def serve(self, prompt: Segments) -> int:
        """Cache ``prompt`` in place of the last one."""
        shared = self.match(prompt)
        self.prompt = prompt
        return shared


class RecentPrompts:
    """The cache ``lru``, by the rules above.

    Nodes aren't kept one by one, as one segment may run through thousands of
    them. What is kept is a tree of *chains*. A chain is what is cached of one label
    after the same segments before it: the first tokens of the label's sequence.
    It knows after which of these tokens nodes end, and when each was used last; other
    chains hang where segments end. Segments before its label that every prompt
    there has in common are the chain's *head*. So a prompt runs through no more chains
    than it has segments.

    Parameters
    ----------
    capacity
        Tokens that it holds.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.root = _NodeChain(None, 0, (), 0, 0)
        self.tokens = 0
        self.served = 0
        # The chain at whose end each stamp's leaf ends, and the stamps to look at, smallest
        # first. A leaf that was used again, or got something below, isn't taken out;
        # its chain has another stamp at its end by then.
        self.leaves: dict[int, _NodeChain] = {}
        self.stamps: list[int] = []

    def match(self, prompt: Segments) -> int:
        """Leading tokens of ``prompt`` that are cached; nothing changes."""
        chains, reaches, _ = self._path(prompt)
        return sum([chain.head_tokens for chain in chains]) + sum(reaches)

    def serve(self, prompt: Segments) -> int:
        """Match, make room, insert; leading tokens of ``prompt`` that were cached."""
        self.served += 1
        chains, reaches, k = self._path(prompt)
        matched = 0
        last, reach = self.root, 0
        for last, reach in zip(chains, reaches, strict=True):
            matched += last.head_tokens + reach
            last.use(reach, self.served)
        if chains:
            last.end_node(reach)
        fresh = min(sum([tokens for _, tokens in prompt]), self.capacity) - matched
        if fresh > 0:
            self._make_room(fresh)
            last = self._insert(prompt, k, last, reach, fresh)
        self._note_leaf(last)
        return matched

    def _path(self, prompt: Segments) -> tuple[list[_NodeChain], list[int], int]:
        """Where the cached part of ``prompt`` runs.

        Returns
        -------
        chains, reaches
            The chains that it runs through, and how many tokens of the label of each.
        k
            How many segments of ``prompt`` begin in it.
        """
        chains, reaches = [], []
        chain, reach, k = self.root, 0, 0
        while k < len(prompt):
            name, length = prompt[k]
            below = chain.below.get(reach)
            found = None if below is None else below.get(name)
            if found is None:
                break
            chain = found
            if chain.begin < chain.label:
                chain = self._with_head_of(chain, prompt, k)
                k += chain.label - chain.begin
                length = prompt[k][1]
            reach = min(length, chain.length)
            chains.append(chain)
            reaches.append(reach)
            k += 1
            if reach < length:
                break
        return chains, reaches, k

    def _with_head_of(self, chain: _NodeChain, prompt: Segments, k: int) -> _NodeChain:
        """``chain``, or an upper part of it whose head and label ``prompt`` has from ``k`` on."""
        source, begin = chain.source, chain.begin
        count = min(chain.label - begin, len(prompt) - k)
        agreed = count
        if prompt[k : k + count] != source[begin : begin + count]:
            agreed = 0
            while prompt[k + agreed] == source[begin + agreed]:
                agreed += 1
        after = k + agreed
        if after == len(prompt) or prompt[after][0] != source[begin + agreed][0]:
            agreed -= 1  # the match ends with the segment before
        return chain if begin + agreed == chain.label else self._split(chain, begin + agreed)

    def _split(self, chain: _NodeChain, label: int) -> _NodeChain:
        """Make a chain of its own of the head's segments up to the one at ``label``."""
        assert chain.above is not None
        upper = _NodeChain(chain.above, chain.at, chain.source, chain.begin, label)
        upper.head_tokens = sum([tokens for _, tokens in chain.source[chain.begin : label]])
        upper.length = chain.source[label][1]
        upper.stamp = chain.shorter[-1][1] if chain.shorter else chain.stamp
        chain.above.below[chain.at][chain.name] = upper
        chain.head_tokens -= upper.head_tokens + upper.length
        chain.above, chain.at, chain.begin = upper, upper.length, label + 1
        upper.below[upper.length] = {chain.name: chain}
        return upper

    def _insert(
        self, prompt: Segments, k: int, chain: _NodeChain, reach: int, fresh: int
    ) -> _NodeChain:
        """Cache ``fresh`` tokens of ``prompt``, of which ``k`` segments begin in the match.

        Returns
        -------
        _NodeChain
            Where the new node ends.
        """
        self.tokens += fresh
        if k and reach < prompt[k - 1][1]:  # more of the label at which the match ends
            more = min(fresh, prompt[k - 1][1] - reach)
            reach = chain.length = reach + more
            chain.use(reach, self.served)
            fresh -= more
        if fresh:
            label, length = k, fresh
            while length > prompt[label][1]:
                length -= prompt[label][1]
                label += 1
            above, chain = chain, _NodeChain(chain, reach, prompt, k, label)
            above.below.setdefault(reach, {})[chain.name] = chain
            chain.head_tokens, chain.length, chain.stamp = fresh - length, length, self.served
        chain.end_node(chain.length)
        return chain

    def _note_leaf(self, chain: _NodeChain) -> None:
        """Remember the node at the end of ``chain`` if it is a leaf."""
        if chain is not self.root and chain.length not in chain.below:
            self.leaves[chain.stamp] = chain
            heappush(self.stamps, chain.stamp)

    def _make_room(self, fresh: int) -> None:
        """Remove leaves until ``fresh`` tokens fit."""
        while self.tokens + fresh > self.capacity:
            stamp = heappop(self.stamps)
            chain = self.leaves.pop(stamp, None)
            if chain is not None and chain.stamp == stamp:
                self._remove(chain)

    def _remove(self, chain: _NodeChain) -> None:
        """Remove the node at the end of ``chain``, which is a leaf."""
        self.tokens -= chain.drop_node()
        while not chain.length:  # the chain is gone; did its node begin in the chain above?
            assert chain.above is not None
            at, name = chain.at, chain.name
            chain = chain.above
            del chain.below[at][name]
            if chain.below[at]:
                return
            del chain.below[at]
            if chain is self.root or at < chain.length:
                return
            if chain.ends_node():
                break
            self.tokens -= chain.drop_node()
        self._note_leaf(chain)


class _NodeChain:
    """What is cached of one label at one place of the tree, and of the segments that lead there.

    Parameters
    ----------
    above, at
        The chain below which it hangs, and after how many tokens of its label.
    source, begin, label
        A prompt that has the chain: its segments from ``begin`` on are the head, and
        the one at ``label`` has the label.

    Attributes
    ----------
    head_tokens
        The tokens of the head. No node ends in it, and it is used as a whole.
    length
        How many tokens of the label's sequence are cached.
    stamp
        When its last token was used last.
    shorter
        Later uses, of its first tokens alone: (tokens, stamp) pairs, with ever fewer
        tokens and ever later stamps. A use hides those before it of no more tokens.
    ends
        After which tokens of the label nodes end: a heap of their negatives.
    below
        The chains that hang below it: by the label's tokens before, then by name.
    """

    __slots__ = (
        "above", "at", "begin", "below", "ends", "head_tokens", "label", "length", "shorter",
        "source", "stamp",
    )  # fmt: skip

    def __init__(
        self, above: _NodeChain | None, at: int, source: Segments, begin: int, label: int
    ) -> None:
        self.above, self.at = above, at
        self.source, self.begin, self.label = source, begin, label
        self.head_tokens = 0
        self.length = 0
        self.stamp = 0
        self.shorter: deque[tuple[int, int]] | None = None
        self.ends: list[int] = []
        self.below: dict[int, dict[Name, _NodeChain]] = {}

    @property
    def name(self) -> Name:
        """The label of its first segment, by which it is found."""
        return self.source[self.begin][0]

    def use(self, reach: int, stamp: int) -> None:
        """Note that the first ``reach`` tokens were used."""
        if reach == self.length:
            self.stamp, self.shorter = stamp, None
            return
        if self.shorter is None:
            self.shorter = deque()
        while self.shorter and self.shorter[-1][0] <= reach:
            self.shorter.pop()
        self.shorter.append((reach, stamp))

    def end_node(self, at: int) -> None:
        """Let a node end after ``at`` tokens: what ran past is split there."""
        if not self.ends or self.ends[0] != -at:
            heappush(self.ends, -at)

    def ends_node(self) -> bool:
        """Whether a node ends where the chain does."""
        return bool(self.ends) and self.ends[0] == -self.length

    def drop_node(self) -> int:
        """Cut the chain where its last node begins, or to nothing; the tokens that go."""
        while self.ends_node():
            heappop(self.ends)
        begin = -self.ends[0] if self.ends else 0
        gone = self.length - begin if begin else self.head_tokens + self.length
        self.length = begin
        while self.shorter and self.shorter[0][0] >= begin:
            self.stamp = self.shorter.popleft()[1]
        return gone
