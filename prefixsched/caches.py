"""The verifier's caches, in plain Python over the segments as the file states them.

Every cache starts empty. ``match`` says how many leading tokens of a prompt are
cached, and ``add`` serves the prompt. Like the verifier they share no code with
the trie, the simulator and the exact backends.

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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from prefixsched.instance import Cache, Instance
from prefixsched.prompts import Name

Segments = Sequence[tuple[Name, int]]


class PromptCache(Protocol):
    """What a server remembers."""

    def match(self, prompt: Segments) -> int:
        """Leading tokens of ``prompt`` that are cached."""
        ...

    def add(self, prompt: Segments) -> None:
        """Serve ``prompt``."""
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
        return _shared(self.prompt, prompt)

    def add(self, prompt: Segments) -> None:
        """Cache ``prompt`` in place of the last one."""
        self.prompt = prompt


class EveryPrompt:
    """A cache of everything processed: a tree of segments.

    A node maps each label to the longest length seen and to what followed
    each exact length.
    """

    def __init__(self) -> None:
        self.root: dict[Name, _Branch] = {}

    def match(self, prompt: Segments) -> int:
        """Leading tokens of ``prompt`` that are cached."""
        shared, node = 0, self.root
        for name, length in prompt:
            if name not in node:
                break
            shared += min(length, node[name].longest)
            if length not in node[name].after:
                break
            node = node[name].after[length]
        return shared

    def add(self, prompt: Segments) -> None:
        """Cache ``prompt`` beside all before it."""
        node = self.root
        for name, length in prompt:
            branch = node.setdefault(name, _Branch())
            branch.longest = max(branch.longest, length)
            node = branch.after.setdefault(length, {})


class _Branch:
    def __init__(self) -> None:
        self.longest = 0
        self.after: dict[int, dict[Name, _Branch]] = {}


@dataclass(eq=False)
class _Node:
    """A run of tokens: those of ``prompt`` from the parent's ``end`` to its own."""

    prompt: Segments
    end: int
    stamp: int
    parent: _Node | None
    children: dict[tuple[Name, int], _Node] = field(default_factory=dict)

    @property
    def begin(self) -> int:
        return 0 if self.parent is None else self.parent.end


class RecentPrompts:
    """The cache ``lru``, by the rules above.

    Parameters
    ----------
    capacity
        Tokens that it holds.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.root = _Node((), 0, 0, None)
        self.leaves: set[_Node] = set()
        self.tokens = 0
        self.served = 0

    def match(self, prompt: Segments) -> int:
        """Leading tokens of ``prompt`` that are cached; nothing changes."""
        matched = 0
        for node, tokens in self._path(prompt):
            matched = node.begin + tokens
        return matched

    def add(self, prompt: Segments) -> None:
        """Serve ``prompt``: match, make room, insert."""
        self.served += 1
        last = self.root
        for node, tokens in list(self._path(prompt)):
            last = self._split(node, node.begin + tokens)
            last.stamp = self.served
        end = min(sum(tokens for _, tokens in prompt), self.capacity)
        if end <= last.end:
            return
        while self.tokens + end - last.end > self.capacity:
            unpinned = [leaf for leaf in self.leaves if leaf is not last]
            self._remove(min(unpinned, key=lambda leaf: leaf.stamp))
        new = _Node(prompt, end, self.served, last)
        last.children[_token(prompt, last.end)] = new
        self.tokens += end - last.end
        self.leaves.discard(last)
        self.leaves.add(new)

    def _path(self, prompt: Segments) -> Iterator[tuple[_Node, int]]:
        """The nodes that ``prompt`` runs through, and how many tokens of each it has."""
        node = self.root
        length = sum(tokens for _, tokens in prompt)
        while node.end < length and _token(prompt, node.end) in node.children:
            node = node.children[_token(prompt, node.end)]
            shared = min(_shared(node.prompt, prompt), node.end)
            yield node, shared - node.begin
            if shared < node.end:
                return

    def _split(self, node: _Node, depth: int) -> _Node:
        """The node that ends at ``depth`` once ``node`` is split there."""
        if depth == node.end:
            return node
        upper = _Node(node.prompt, depth, node.stamp, node.parent)
        assert node.parent is not None
        node.parent.children[_token(node.prompt, node.begin)] = upper
        upper.children[_token(node.prompt, depth)] = node
        node.parent = upper
        return upper

    def _remove(self, leaf: _Node) -> None:
        parent = leaf.parent
        assert parent is not None
        del parent.children[_token(leaf.prompt, leaf.begin)]
        self.tokens -= leaf.end - leaf.begin
        self.leaves.remove(leaf)
        if not parent.children and parent is not self.root:
            self.leaves.add(parent)


def _shared(one: Segments, other: Segments) -> int:
    """Leading tokens that two prompts have in common."""
    shared = 0
    for (name, length), (other_name, other_length) in zip(one, other, strict=False):
        if name != other_name:
            break
        shared += min(length, other_length)
        if length != other_length:
            break
    return shared


def _token(prompt: Segments, depth: int) -> tuple[Name, int]:
    """The token at ``depth``: a label, and how many tokens of its sequence come before.

    Prompts that share what is above ``depth`` share this token where these agree.
    """
    for name, length in prompt:
        if depth < length:
            return name, depth
        depth -= length
    raise IndexError("the prompt ends above this depth")
