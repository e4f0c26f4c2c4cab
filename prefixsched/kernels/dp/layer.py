"""What the kernels of the layered search see: a decision, and a layer of states."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import IntArray
from prefixsched.kernels.dp.served_sets import Bits

Index = npt.NDArray[np.int32]


class Queue(NamedTuple):
    """A decision, with queries numbered by release; see :mod:`prefixsched.exact.dp.search_context`.

    ``halt``, ``[1]``, turns from 0 to 1 when kernels are to end: what they return then is of
    no use.
    """

    release: IntArray
    due: IntArray
    by_due: IntArray
    setup: IntArray
    least: IntArray
    most: IntArray
    by_least: IntArray
    pred_start: IntArray
    pred: IntArray
    parent: IntArray
    edge: IntArray
    token: IntArray
    node: IntArray
    below_start: IntArray
    below_stop: IntArray
    by_node: IntArray
    entry_cost: IntArray
    kin_end: IntArray
    cluster: IntArray
    entry: IntArray
    chain_start: IntArray
    chain_query: IntArray
    chain_gain: IntArray
    kin_start: IntArray
    kin: IntArray
    near_start: IntArray
    near: IntArray
    arc_start: IntArray
    arc_head: Index
    spot_query: IntArray
    price: IntArray
    rest: IntArray
    budget: IntArray
    words: int
    unbounded: bool
    warm: IntArray
    set_up_before: bool
    potential: bool
    guided: bool
    halt: IntArray


class Layer(NamedTuple):
    """States with equally many queries served; ``parent`` points into the layer before.

    ``spot`` is the node of the time graph where the state's path is, and
    ``paid``, ``[states, guides]``, what the path has paid; see :class:`Guide`.
    """

    first: IntArray
    last: IntArray
    time: IntArray
    bits: Bits
    parent: IntArray
    spot: Index
    paid: IntArray
