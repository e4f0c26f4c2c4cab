"""Tests of prompt lengths with given prices."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefixsched.model.cost import Potential
from prefixsched.model.errors import InputError
from reductions.tokens import Lengths, least_length

rates = st.fractions(0, 3, max_denominator=50)


@given(rates, rates)
def test_the_least_lengths(token, attention):
    """The prefix is the shortest that costs a tick, the prompt the next that costs more."""
    if token == attention == 0:
        return
    cost = Potential(token, attention)
    lengths = Lengths.choose(cost, None, None)
    assert lengths.shared >= 1
    assert cost.worst(lengths.prefix - 1) == 0
    assert lengths.own >= 1
    assert cost.worst(lengths.prompt - 1) == lengths.shared
    assert lengths.prefix < lengths.prompt


@pytest.mark.parametrize("first", [1, 2, 3, 7, 8, 9, 1000])
def test_the_least_length_that_is_enough(first):
    """Doubling and halving ends at the first one."""
    assert least_length(lambda tokens: tokens >= first) == first


@pytest.mark.parametrize(
    ("cost", "prefix", "prompt", "message"),
    [
        (Potential(Fraction(0)), None, None, "token_time: 1000000000 tokens cost less than 2"),
        (Potential(Fraction(1, 8)), 3, None, "prefix: 3 tokens cost nothing; give 4 or more"),
        (Potential(), 0, None, "prefix: 0 is too small; give 1 or more"),
        (Potential(), 5, 5, "prompt: 5 tokens cost no more than the 5 of the prefix; give 6"),
        (Potential(Fraction(1, 8)), 4, 11, "prompt: 11 tokens cost no more"),
        (Potential(), 10**9, None, "prefix: 1000000000 tokens leave no longer prompt"),
    ],
)
def test_lengths_that_will_not_do(cost, prefix, prompt, message):
    """Each is named with what will."""
    with pytest.raises(InputError) as caught:
        Lengths.choose(cost, prefix, prompt)
    assert str(caught.value).startswith(message)


def test_additive_costs():
    """A length can stand for a size only where whole ticks are paid for each token."""
    assert Lengths.choose(Potential(Fraction(3)), None, None).additive
    assert not Lengths.choose(Potential(Fraction(1, 2)), None, None).additive
    assert not Lengths.choose(Potential(Fraction(1), Fraction(1)), None, None).additive
