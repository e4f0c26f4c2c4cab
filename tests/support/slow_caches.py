"""The verifier's caches as plain as the rules: what the quick ones are held against.

The nodes of ``lru`` are kept one by one, prompts are compared from their first
segment at each of them, and all leaves are looked at for each that is removed. So
a prompt takes time that grows with its length and with how deep the tree is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from prefixsched.model.prompts import Name
from prefixsched.verifier.caches import Segments


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
