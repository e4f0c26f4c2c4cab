"""What all generators have in common."""

import hashlib
import inspect
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest

from prefixsched.io.instance_file import format_instance, parse_instance
from prefixsched.model.cost import Potential
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache, Instance
from prefixsched.plugins.registry import load

Generator = Callable[..., Instance]

SMALL: dict[str, dict[str, Any]] = {
    "rasq": {"users": 5, "per_user": 4},
    "recommender": {"users": 6, "per_user": 5, "templates": 2, "versions": 3},
    "conversation": {"chats": 8, "turns": 3},
    "shared-documents": {"documents": 5, "queries": 30, "system": 200},
    "agents": {"systems": 2, "example_sets": 2, "contexts": 3, "per_context": 3},
}
SHARED = [
    "load",
    "gap",
    "rate",
    "arrivals",
    "seed",
    "token_time",
    "attention_time",
    "cache",
    "name",
]


@pytest.fixture(params=SMALL)
def name(request: pytest.FixtureRequest) -> str:
    """The name of a generator."""
    return str(request.param)


def make(name: str, /, **options: Any) -> Instance:
    """A small instance."""
    generator: Generator = load("generators", name)
    return generator(**SMALL[name] | options)


def trie_work(instance: Instance) -> int:
    """The weight of the instance's trie."""
    trie, cost = instance.trie, instance.cost
    assert isinstance(cost, Potential)
    return int((cost.potential(trie.depth) - cost.potential(trie.depth[trie.parent])).sum())


def test_options_can_be_read_from_the_signature(name: str) -> None:
    """Every parameter is keyword-only with a default and a type that a command line can read."""
    generator = load("generators", name)
    hints = get_type_hints(generator)
    assert hints.pop("return") is Instance
    for key, parameter in inspect.signature(generator).parameters.items():
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter.default is not inspect.Parameter.empty
        hint = hints[key]
        if type(None) in get_args(hint):
            (hint,) = set(get_args(hint)) - {type(None)}
        assert hint in {int, float, Decimal, str, bool} or get_origin(hint) is Literal
    assert set(SHARED) <= set(hints)


def test_help_covers_every_option(name: str) -> None:
    """The docstring has a clause for each parameter, in order, and an example that would run."""
    generator = load("generators", name)
    text = inspect.getdoc(generator)
    section = text.split("Parameters\n----------\n")[1].split("\n\nReturns\n")[0]
    documented = re.findall(r"^(\w+)\n    \S", section, re.MULTILINE)
    assert documented == list(inspect.signature(generator).parameters)
    command = re.search(r"``prefixsched generate (\S+) (.*)``", text)
    assert command[1] == name
    options = re.findall(r"--([\w-]+)", command[2])
    assert options
    assert {option.replace("-", "_") for option in options} <= set(documented)


def test_meta_says_how_the_file_was_made(name: str) -> None:
    """The recorded parameters, read back from a file, make the same instance again."""
    instance = make(name, seed=4, token_time=Decimal("0.25"))
    again = parse_instance(format_instance(instance))
    assert again.meta["generator"] == name
    parameters = again.meta["parameters"]
    assert parameters.items() >= {"load": "0.9", "token_time": "0.25", "seed": 4}.items()
    decimals = {"load", "token_time", "attention_time", "zipf"} & parameters.keys()
    rebuilt = load("generators", name)(
        **parameters | {key: Decimal(parameters[key]) for key in decimals}
    )
    assert format_instance(rebuilt) == format_instance(instance)


def test_same_seed_same_bytes(name: str) -> None:
    """Two runs with one seed agree to the byte, and another seed gives another queue."""
    first, again, other = make(name, seed=7), make(name, seed=7), make(name, seed=8)
    assert format_instance(first) == format_instance(again)
    assert format_instance(first) != format_instance(other)


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("rasq", "e4d394ee7674"),
        ("recommender", "b244635b8b5b"),
        ("conversation", "ec9a2ad37441"),
        ("shared-documents", "cfe69b35fdf2"),
        ("agents", "e9c9ee81d6db"),
    ],
)
def test_instances_never_change(name: str, digest: str) -> None:
    """The arrivals and prompts of a seed are those of the first release."""
    instance = make(name, seed=1, arrivals="poisson")
    text = repr(
        [
            (j, r, instance.prompts.segments(k))
            for k, (j, r) in enumerate(zip(instance.ids, instance.arrival.tolist(), strict=True))
        ]
    )
    assert hashlib.sha256(text.encode()).hexdigest()[:12] == digest


def test_queries_are_in_order_of_arrival(name: str) -> None:
    """The first query arrives at tick 0 and no later one arrives before its predecessor."""
    instance = make(name, seed=2)
    assert instance.arrival[0] == 0
    assert np.all(np.diff(instance.arrival) >= 0)
    assert instance.time_unit == "us"


@pytest.mark.parametrize("attention_time", [Decimal(0), Decimal("0.001")])
def test_gap_follows_from_load(name: str, attention_time: Decimal) -> None:
    """Regular arrivals have the trie's work over n and the load as their gap."""
    if name == "conversation":
        pytest.skip("its turns follow think times; its own test has the load")
    instance = make(
        name, load=Decimal("1.25"), arrivals="regular", attention_time=attention_time, seed=5
    )
    gap = Fraction(trie_work(instance), instance.n) / Fraction(5, 4)
    assert instance.arrival.tolist() == [int(i * gap + Fraction(1, 2)) for i in range(instance.n)]


def test_load_leaves_the_prompts_alone(name: str) -> None:
    """Another load, rate or kind of arrivals gives the same prompts."""
    prompts = [
        sorted(map(instance.prompts.segments, range(instance.n)))
        for instance in (
            make(name, seed=3),
            make(name, seed=3, rate=Decimal(5)),
            make(name, seed=3, gap=Decimal(100), arrivals="regular"),
        )
    ]
    assert prompts[0] == prompts[1] == prompts[2]


def test_cost_cache_and_name_are_passed_on(name: str) -> None:
    """The cost model, the cache and the name of the instance are as asked for."""
    instance = make(
        name,
        token_time=Decimal("40.5"),
        attention_time=Decimal("0.125"),
        cache="unbounded",
        name="mine",
    )
    assert instance.cost == Potential(Fraction(81, 2), Fraction(1, 8))
    assert instance.cache is Cache.UNBOUNDED
    assert make(name, cache="lru:5000").capacity == 5000
    assert instance.name == "mine"
    assert make(name, seed=9).name == f"{name}-n{make(name, seed=9).n}-s9"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"load": Decimal(0)}, "load: 0 is too small; give more than 0"),
        ({"load": Decimal(-1)}, "load: -1 is too small; give more than 0"),
        ({"rate": Decimal(0)}, "rate: 0 is too small; give more than 0"),
        ({"gap": Decimal(-1)}, "gap: -1 is too small; give 0 or more"),
        (
            {"load": Decimal(1), "rate": Decimal(1)},
            "load and rate: given together; give one of load, gap, rate",
        ),
        (
            {"load": Decimal(1), "gap": Decimal(1), "rate": Decimal(1)},
            "load and gap and rate: given together; give one of load, gap, rate",
        ),
        ({"arrivals": "bursty"}, "arrivals: 'bursty' is unknown; give regular or poisson"),
        ({"cache": "lru"}, "cache: 'lru' is unknown; give last, unbounded or lru:TOKENS"),
        ({"seed": -1}, "seed: -1 is too small; give 0 or more"),
        ({"token_time": Decimal(-2)}, "token_time: -2 is too small; give 0 or more"),
        (
            {"attention_time": Decimal("inf")},
            "attention_time: Infinity is not a number; give 0 or more",
        ),
        (
            {"token_time": Decimal(2**53)},
            "token_time: times could sum past 2^62 ticks; use a coarser tick",
        ),
    ],
)
def test_bad_shared_options(name: str, options: dict[str, Any], message: str) -> None:
    """A bad value of an option that all generators have is one line that says what will do."""
    with pytest.raises(InputError) as caught:
        make(name, **options)
    assert str(caught.value) == message


def test_arrivals_that_a_file_could_not_hold(name: str) -> None:
    """A gap so large that arrivals pass 2^53 ticks is an error that says so."""
    with pytest.raises(InputError, match=r"^gap: \d+ arrivals .* pass 2\^53; give fewer queries"):
        make(name, gap=Decimal(2**52))


@pytest.mark.parametrize(
    ("name", "option"),
    [
        *(("rasq", option) for option in ("users", "per_user", "u", "d")),
        *(
            ("recommender", option)
            for option in [
                "users",
                "per_user",
                "templates",
                "versions",
                "instruction",
                "profile",
                "history",
                "growth",
                "question",
            ]
        ),
        *(("conversation", option) for option in ("chats", "turns", "text", "output")),
        *(
            ("shared-documents", option)
            for option in ("documents", "queries", "document", "question")
        ),
        *(
            ("agents", option)
            for option in [
                "systems",
                "example_sets",
                "contexts",
                "per_context",
                "system",
                "examples",
                "context",
                "query",
            ]
        ),
    ],
)
def test_counts_and_sizes_start_at_one(name: str, option: str) -> None:
    """0 users, turns, tokens and so on are refused by name."""
    with pytest.raises(InputError) as caught:
        make(name, **{option: 0})
    assert str(caught.value) == f"{option}: 0 is too small; give 1 or more"


@pytest.mark.parametrize("name", ["conversation", "shared-documents"])
def test_system_prompt_may_be_left_out(name: str) -> None:
    """With ``system`` 0 no prompt has a system segment, and with less it is refused."""
    instance = make(name, system=0)
    assert all(instance.prompts.segments(j)[0][0] != "system" for j in range(instance.n))
    with pytest.raises(InputError, match=r"^system: -1 is too small; give 0 or more$"):
        make(name, system=-1)


@pytest.mark.parametrize("name", sorted(set(SMALL) - {"rasq"}))
def test_bad_spread(name: str) -> None:
    """A coefficient of variation below 0 is refused by name."""
    with pytest.raises(
        InputError, match=r"^cv: -1 is out of range; give 0 \(fixed sizes\) to 100$"
    ):
        make(name, cv=-1)
