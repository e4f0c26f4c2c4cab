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
    them. What is kept is a tree of *lines*. A line is what is cached of one label
    after the same segments before it: the first tokens of the label's sequence.
    It knows after which of these tokens nodes end, and when each was used last; other
    lines hang where segments end. Segments before its label that every prompt
    there has in common are the line's *head*. So a prompt runs through no more lines
    than it has segments.

    Parameters
    ----------
    capacity
        Tokens that it holds.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.root = _Line(None, 0, (), 0, 0)
        self.tokens = 0
        self.served = 0
        # The line at whose end each stamp's leaf ends, and the stamps to look at, smallest
        # first. A leaf that was used again, or got something below, isn't taken out;
        # its line has another stamp at its end by then.
        self.leaves: dict[int, _Line] = {}
        self.stamps: list[int] = []

    def match(self, prompt: Segments) -> int:
        """Leading tokens of ``prompt`` that are cached; nothing changes."""
        lines, reaches, _ = self._path(prompt)
        return sum([line.head_tokens for line in lines]) + sum(reaches)

    def serve(self, prompt: Segments) -> int:
        """Match, make room, insert; leading tokens of ``prompt`` that were cached."""
        self.served += 1
        lines, reaches, k = self._path(prompt)
        matched = 0
        last, reach = self.root, 0
        for last, reach in zip(lines, reaches, strict=True):
            matched += last.head_tokens + reach
            last.use(reach, self.served)
        if lines:
            last.end_node(reach)
        fresh = min(sum([tokens for _, tokens in prompt]), self.capacity) - matched
        if fresh > 0:
            self._make_room(fresh)
            last = self._insert(prompt, k, last, reach, fresh)
        self._note_leaf(last)
        return matched

    def _path(self, prompt: Segments) -> tuple[list[_Line], list[int], int]:
        """Where the cached part of ``prompt`` runs.

        Returns
        -------
        lines, reaches
            The lines that it runs through, and how many tokens of the label of each.
        k
            How many segments of ``prompt`` begin in it.
        """
        lines, reaches = [], []
        line, reach, k = self.root, 0, 0
        while k < len(prompt):
            name, length = prompt[k]
            below = line.below.get(reach)
            found = None if below is None else below.get(name)
            if found is None:
                break
            line = found
            if line.begin < line.label:
                line = self._with_head_of(line, prompt, k)
                k += line.label - line.begin
                length = prompt[k][1]
            reach = min(length, line.length)
            lines.append(line)
            reaches.append(reach)
            k += 1
            if reach < length:
                break
        return lines, reaches, k

    def _with_head_of(self, line: _Line, prompt: Segments, k: int) -> _Line:
        """``line``, or an upper part of it whose head and label ``prompt`` has from ``k`` on."""
        source, begin = line.source, line.begin
        count = min(line.label - begin, len(prompt) - k)
        agreed = count
        if prompt[k : k + count] != source[begin : begin + count]:
            agreed = 0
            while prompt[k + agreed] == source[begin + agreed]:
                agreed += 1
        after = k + agreed
        if after == len(prompt) or prompt[after][0] != source[begin + agreed][0]:
            agreed -= 1  # the match ends with the segment before
        return line if begin + agreed == line.label else self._split(line, begin + agreed)

    def _split(self, line: _Line, label: int) -> _Line:
        """Make a line of its own of the head's segments up to the one at ``label``."""
        assert line.above is not None
        upper = _Line(line.above, line.at, line.source, line.begin, label)
        upper.head_tokens = sum([tokens for _, tokens in line.source[line.begin : label]])
        upper.length = line.source[label][1]
        upper.stamp = line.shorter[-1][1] if line.shorter else line.stamp
        line.above.below[line.at][line.name] = upper
        line.head_tokens -= upper.head_tokens + upper.length
        line.above, line.at, line.begin = upper, upper.length, label + 1
        upper.below[upper.length] = {line.name: line}
        return upper

    def _insert(self, prompt: Segments, k: int, line: _Line, reach: int, fresh: int) -> _Line:
        """Cache ``fresh`` tokens of ``prompt``, of which ``k`` segments begin in the match.

        Returns
        -------
        _Line
            Where the new node ends.
        """
        self.tokens += fresh
        if k and reach < prompt[k - 1][1]:  # more of the label at which the match ends
            more = min(fresh, prompt[k - 1][1] - reach)
            reach = line.length = reach + more
            line.use(reach, self.served)
            fresh -= more
        if fresh:
            label, length = k, fresh
            while length > prompt[label][1]:
                length -= prompt[label][1]
                label += 1
            above, line = line, _Line(line, reach, prompt, k, label)
            above.below.setdefault(reach, {})[line.name] = line
            line.head_tokens, line.length, line.stamp = fresh - length, length, self.served
        line.end_node(line.length)
        return line

    def _note_leaf(self, line: _Line) -> None:
        """Remember the node at the end of ``line`` if it is a leaf."""
        if line is not self.root and line.length not in line.below:
            self.leaves[line.stamp] = line
            heappush(self.stamps, line.stamp)

    def _make_room(self, fresh: int) -> None:
        """Remove leaves until ``fresh`` tokens fit."""
        while self.tokens + fresh > self.capacity:
            stamp = heappop(self.stamps)
            line = self.leaves.pop(stamp, None)
            if line is not None and line.stamp == stamp:
                self._remove(line)

    def _remove(self, line: _Line) -> None:
        """Remove the node at the end of ``line``, which is a leaf."""
        self.tokens -= line.drop_node()
        while not line.length:  # the line is gone; did its node begin in the line above?
            assert line.above is not None
            at, name = line.at, line.name
            line = line.above
            del line.below[at][name]
            if line.below[at]:
                return
            del line.below[at]
            if line is self.root or at < line.length:
                return
            if line.ends_node():
                break
            self.tokens -= line.drop_node()
        self._note_leaf(line)


class _Line:
    """What is cached of one label at one place of the tree, and of the segments that lead there.

    Parameters
    ----------
    above, at
        The line below which it hangs, and after how many tokens of its label.
    source, begin, label
        A prompt that has the line: its segments from ``begin`` on are the head, and
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
        The lines that hang below it: by the label's tokens before, then by name.
    """

    __slots__ = (
        "above", "at", "begin", "below", "ends", "head_tokens", "label", "length", "shorter",
        "source", "stamp",
    )  # fmt: skip

    def __init__(
        self, above: _Line | None, at: int, source: Segments, begin: int, label: int
    ) -> None:
        self.above, self.at = above, at
        self.source, self.begin, self.label = source, begin, label
        self.head_tokens = 0
        self.length = 0
        self.stamp = 0
        self.shorter: deque[tuple[int, int]] | None = None
        self.ends: list[int] = []
        self.below: dict[int, dict[Name, _Line]] = {}

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
        """Whether a node ends where the line does."""
        return bool(self.ends) and self.ends[0] == -self.length

    def drop_node(self) -> int:
        """Cut the line where its last node begins, or to nothing; the tokens that go."""
        while self.ends_node():
            heappop(self.ends)
        begin = -self.ends[0] if self.ends else 0
        gone = self.length - begin if begin else self.head_tokens + self.length
        self.length = begin
        while self.shorter and self.shorter[0][0] >= begin:
            self.stamp = self.shorter.popleft()[1]
        return gone
