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

from prefixsched.instance import Cache, Instance
from prefixsched.prompts import Name

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
        return EveryPrompt()
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


class EveryPrompt:
    """A cache of everything processed: a tree of segments.

    Prompts that begin with the same segments are at one place of the tree. It maps
    each label that came next to the longest length seen and to the place after
    each exact length. Where only one prompt went on, its other segments get places
    when a second one comes there.
    """

    def __init__(self) -> None:
        self.root: _Place = {}

    def match(self, prompt: Segments) -> int:
        """Leading tokens of ``prompt`` that are cached."""
        shared, place = 0, self.root
        for name, length in prompt:
            label = place.get(name)
            if label is None:
                break
            shared += min(length, label.longest)
            if length not in label.after:
                break
            place = label.place(length)
        return shared

    def serve(self, prompt: Segments) -> int:
        """Cache ``prompt`` beside all before it."""
        shared, place = 0, self.root
        for k, (name, length) in enumerate(prompt, start=1):
            label = place.get(name)
            if label is None:
                place[name] = label = _Label()
            shared += min(length, label.longest)
            label.longest = max(label.longest, length)
            if length not in label.after:
                label.after[length] = (prompt, k) if k < len(prompt) else None
                break
            place = label.place(length)
        return shared


class _Label:
    """A label at one place: the longest length seen, and what came after each length.

    That is a place; or one prompt from its k-th segment on, as (prompt, k); or nothing.
    """

    __slots__ = ("after", "longest")

    def __init__(self) -> None:
        self.longest = 0
        self.after: dict[int, _Place | tuple[Segments, int] | None] = {}

    def place(self, length: int) -> _Place:
        """The place after ``length`` tokens, where a prompt has come."""
        after = self.after[length]
        if isinstance(after, dict):
            return after
        self.after[length] = place = dict[Name, _Label]()
        if after is not None:
            prompt, k = after
            name, tokens = prompt[k]
            place[name] = label = _Label()
            label.longest = tokens
            label.after[tokens] = (prompt, k + 1) if k + 1 < len(prompt) else None
        return place


_Place = dict[Name, _Label]


class RecentPrompts:
    """The cache ``lru``, by the rules above.

    Nodes aren't kept one by one, as one segment may run through thousands of
    them. What is kept is a tree of *lines*. A line is what is cached of one label
    after the same segments before it: the first tokens of the label's sequence.
    It knows at which of these tokens nodes end, and when each was used last; other
    lines hang where segments end. A prompt runs through as many lines as it has
    segments that are cached.

    Parameters
    ----------
    capacity
        Tokens that it holds.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.root = _Line(None, 0, "")
        self.tokens = 0
        self.served = 0
        # The line at whose end each stamp's leaf ends, and the stamps to look at, smallest
        # first. A leaf that was used again, or got something below, isn't taken out;
        # its line has another stamp at its end by then.
        self.leaves: dict[int, _Line] = {}
        self.stamps: list[int] = []

    def match(self, prompt: Segments) -> int:
        """Leading tokens of ``prompt`` that are cached; nothing changes."""
        return sum([reach for _, reach in self._path(prompt)])

    def serve(self, prompt: Segments) -> int:
        """Match, make room, insert; leading tokens of ``prompt`` that were cached."""
        self.served += 1
        path = self._path(prompt)
        for line, reach in path:
            line.use(reach, self.served)
        last, reach = path[-1] if path else (self.root, 0)
        if path:
            last.end_node(reach)
        matched = sum([reach for _, reach in path])
        fresh = min(sum([tokens for _, tokens in prompt]), self.capacity) - matched
        if fresh > 0:
            self._make_room(fresh)
            last = self._insert(prompt, len(path), last, reach, fresh)
        self._note_leaf(last)
        return matched

    def _path(self, prompt: Segments) -> list[tuple[_Line, int]]:
        """The lines that the cached part of ``prompt`` runs through, and how far."""
        path = []
        line, reach = self.root, 0
        for name, length in prompt:
            below = line.below.get(reach)
            if below is None or name not in below:
                break
            line = below[name]
            reach = min(length, line.length)
            path.append((line, reach))
            if line.rest is not None and reach == line.length:
                self._unfold(line)
            if reach < length:
                break
        return path

    def _insert(self, prompt: Segments, k: int, line: _Line, reach: int, fresh: int) -> _Line:
        """Cache ``fresh`` tokens of ``prompt``, whose first ``k`` segments run to ``reach``.

        Returns
        -------
        _Line
            Where the new node ends.
        """
        if k and reach < prompt[k - 1][1]:
            k -= 1  # more of the label at which the match ends
        else:
            line = line.branch(reach, prompt[k][0])
            reach = 0
        line.length = min(prompt[k][1], reach + fresh)
        line.use(line.length, self.served)
        self.tokens += fresh
        fresh -= line.length - reach
        if fresh:
            line.rest = prompt, k + 1, fresh
        else:
            line.end_node(line.length)
        return line

    def _unfold(self, line: _Line) -> None:
        """Make a line of the next segment of a node that goes on below ``line``."""
        assert line.rest is not None
        prompt, k, tokens = line.rest
        line.rest = None
        name, length = prompt[k]
        below = line.branch(line.length, name)
        below.length, below.stamp = min(length, tokens), line.stamp
        if tokens > length:
            below.rest = prompt, k + 1, tokens - length
        else:
            below.end_node(tokens)
        if self.leaves.get(line.stamp) is line:
            self.leaves[line.stamp] = below

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
        if line.rest is not None:
            self.tokens -= line.rest[2]
            line.rest = None
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
    """What is cached of one label at one place of the tree.

    Parameters
    ----------
    above, at
        The line below which it hangs, and after how many of its tokens.
    name
        The label.

    Attributes
    ----------
    length
        How many tokens of the label's sequence are cached.
    stamp
        When its last token was used last.
    shorter
        Later uses, of its first tokens alone: (tokens, stamp) pairs, with ever fewer
        tokens and ever later stamps. A use hides those before it of no more tokens.
    ends
        After which tokens nodes end: a heap of their negatives.
    below
        The lines that hang below it: by the tokens before, then by label.
    rest
        The rest of the node that ends here, where nobody came by since it was made:
        (prompt, first segment, tokens). It has no lines yet.
    """

    __slots__ = ("above", "at", "below", "ends", "length", "name", "rest", "shorter", "stamp")

    def __init__(self, above: _Line | None, at: int, name: Name) -> None:
        self.above, self.at, self.name = above, at, name
        self.length = 0
        self.stamp = 0
        self.shorter: deque[tuple[int, int]] | None = None
        self.ends: list[int] = []
        self.below: dict[int, dict[Name, _Line]] = {}
        self.rest: tuple[Segments, int, int] | None = None

    def branch(self, at: int, name: Name) -> _Line:
        """A new line below, for ``name`` after ``at`` tokens."""
        self.below.setdefault(at, {})[name] = line = _Line(self, at, name)
        return line

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
        gone, self.length = self.length - begin, begin
        while self.shorter and self.shorter[0][0] >= begin:
            self.stamp = self.shorter.popleft()[1]
        return gone
