"""Tests of the search for worst streams."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import stream
from thorough import examples

import prefixsched as ps
from prefixsched.model.errors import InputError
from prefixsched.plot.worst import plot_worst
from prefixsched.studies.adversary import file_stem, search
from prefixsched.studies.adversary_genome import LONGEST, Genome

CHAMPIONS = sorted((Path(__file__).parents[2] / "instances" / "adversarial").glob("*.json"))


@settings(max_examples=examples(60))
@given(st.integers(0, 10_000), st.integers(2, 9))
def test_changes_keep_a_stream_a_stream(seed, n):
    """Any number of changes gives n queries from tick 0 on, with lengths in range."""
    rng = np.random.default_rng(seed)
    genome = Genome.random(rng, n)
    for _ in range(20):
        genome = genome.mutate(rng)
    instance = genome.instance()
    assert instance.n == n
    assert instance.arrival[0] == 0
    assert (np.diff(instance.arrival) >= 0).all()
    assert instance.prompts.lengths.min() >= 1
    assert instance.prompts.lengths.max() <= LONGEST


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_an_instance_gives_its_genome_back(seed, n):
    """A champion that was written can be searched on from."""
    instance = Genome.random(np.random.default_rng(seed), n).instance()
    again = Genome.of(instance).instance()
    assert again.arrival.tolist() == instance.arrival.tolist()
    assert again.trie.overlap_matrix().tolist() == instance.trie.overlap_matrix().tolist()
    assert again.length.tolist() == instance.length.tolist()
    assert Genome.of(stream((0, "abc"), (1, "b"))) is None


def test_the_champion_is_as_bad_as_it_says():
    """Its figures are those of the simulator and of the solver, and the search repeats."""
    told = []
    champion = search("lpm", 4, steps=150, seed=3, on_better=told.append)
    assert ps.simulate(champion.instance, "lpm").max == champion.ttft
    optimum = ps.solve(champion.instance)
    assert champion.ratio == Fraction(champion.ttft, optimum.ttft) > Fraction(3, 2)
    assert [each.ratio for each in told] == sorted({each.ratio for each in told})
    assert told[-1].ratio == champion.ratio
    again = search("lpm", 4, steps=150, seed=3)
    assert again.instance.meta == champion.instance.meta
    assert again.instance.arrival.tolist() == champion.instance.arrival.tolist()


def test_a_search_goes_on_from_a_champion():
    """What is found from a champion on is never less bad."""
    first = search("fcfs", 3, steps=40, seed=1)
    assert search("fcfs", 3, steps=1, seed=2, start=first.instance).ratio >= first.ratio
    for policy in ("fcfs", "lpm", "k-lpm:2"):
        small = search(policy, 3, steps=40, seed=1)
        assert search(policy, 5, steps=1, seed=2, start=small.instance).ratio >= small.ratio


@pytest.mark.parametrize(
    ("n", "options", "message"),
    [
        (1, {}, "n: 1 is too small; give 2 or more"),
        (65, {}, "n: 65 is too large to be judged exactly; give 64 or less"),
        (3, {"steps": 0}, "steps: 0 is too small"),
        (
            3,
            {"start": stream((0, "abc"))},
            "start: not a stream of at most 3 queries that",
        ),
    ],
)
def test_options_out_of_range(n, options, message):
    """Each is named with its mend."""
    with pytest.raises(InputError) as caught:
        search("lpm", n, **options)
    assert message in str(caught.value)


def test_policies_name_files():
    """A name with parameters is a file name too."""
    assert file_stem("k-lpm:4,oldest=last") == "k-lpm-4-oldest-last"


@pytest.mark.parametrize("path", CHAMPIONS, ids=lambda path: path.stem)
def test_the_library_of_champions(path):
    """Each stored stream is as bad for its policy as its file says."""
    instance = ps.read(path)
    said = instance.meta["adversary"]
    assert ps.simulate(instance, said["policy"]).max == said["policy_ttft"]
    result = ps.solve(instance, max_nodes=20_000)
    assert Fraction(said["policy_ttft"], result.upper_bound) == Fraction(said["ratio"])
    table = (path.parent / "README.md").read_text().splitlines()
    (line,) = [line for line in table if f"`{path.name}`" in line]
    assert f" {float(Fraction(said['ratio'])):.3f} |" in line


def test_ratios_over_n():
    """A line for each policy, over sizes in order."""
    found = [search(policy, n, steps=5) for policy in ("lpm", "fcfs") for n in (3, 2)]
    axes = plot_worst(found)
    assert ", ".join(line.get_label() for line in axes.lines) == "lpm, fcfs"  # one line, if equal
    assert axes.lines[0].get_xdata().tolist() == [2, 3]
