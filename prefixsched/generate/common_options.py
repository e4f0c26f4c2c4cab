"""Documentation of the options that generators have in common, written once."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from textwrap import dedent, indent
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])

COMMON = {
    "cv": "Coefficient of variation of the log-normal sizes; 0 makes them fixed.",
    "load": """\
Work with perfect reuse over time available; 0.9 where no other is given:
mean prefill ticks per query over the mean gap.""",
    "gap": "Mean ticks between arrivals, in place of ``load``.",
    "rate": "Queries per second of 10^6 ticks, in place of ``load``.",
    "arrivals": "Equal gaps, or exponential ones of the same mean.",
    "seed": "Seed of the random numbers.",
    "token_time": "Prefill ticks per token.",
    "attention_time": "Prefill ticks per squared token; above 0 the cost model is causal.",
    "cache": """\
What stays cached: the prompt processed last, everything, or what fits into so many tokens.""",
    "name": """\
The instance's name; made up from the generator, n and the seed where not given.""",
}
_BEGIN, _END = "Parameters\n----------\n", "\n\nReturns\n-------\n"
"""What stands before and after the parameters in a docstring."""
_PARAMETER = re.compile(r"^(\w+)\n((?:    .*\n?)+)", re.MULTILINE)


def documents_common_options(generator: F) -> F:
    """Complete a generator's docstring by what :data:`COMMON` says of its other parameters.

    Parameters stand in the order of the signature, those that mean something else for one
    generator with the text of its own docstring.

    Raises
    ------
    ValueError
        If a parameter is documented in neither place.
    """
    text = inspect.getdoc(generator)
    if text is None:  # as with python -OO
        return generator
    head, begin, rest = text.partition(_BEGIN)
    section, end, tail = rest.partition(_END)
    said = COMMON | {name: dedent(own).rstrip() for name, own in _PARAMETER.findall(section)}
    parameters = inspect.signature(generator).parameters
    for name in parameters:
        if name not in said:
            raise ValueError(f"{generator.__name__}: document the parameter {name}")
    section = "\n".join(f"{name}\n{indent(said[name], '    ')}" for name in parameters)
    generator.__doc__ = f"{head}{begin}{section}{end}{tail}"
    return generator
