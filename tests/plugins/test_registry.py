"""Tests of entry points and of the name:key=value notation."""

import contextlib
import inspect
from importlib.metadata import EntryPoint

import pytest
from strategies import stream

from prefixsched.model.errors import InputError
from prefixsched.online.simulation import simulate
from prefixsched.plugins import registry

QUEUE = stream((0, "ab"), (0, "b"), (0, "c"))


def test_every_entry_point_of_the_project_loads():
    """What pyproject.toml registers is there."""
    for kind in ("policies", "generators", "importers", "backends", "commands"):
        for name in registry.available(kind):
            assert callable(registry.load(kind, name))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("lmp", "policies: there is no 'lmp'; did you mean lpm?"),
        ("zzz", "policies: there is no 'zzz'; there are aged-lpm, dfs-weight"),
        ("k-lpm:kk=3", "k-lpm:kk=3: no parameter 'kk'; did you mean k?"),
        ("fcfs:3", "fcfs:3: it takes no parameters; leave '3' out"),
        ("fcfs:x=3", "fcfs:x=3: it takes no parameters; leave 'x=3' out"),
        ("k-lpm:3,4", "k-lpm:3,4: '4' has no name; write key=value"),
        ("k-lpm:3,k=4", "k-lpm:3,k=4: k is given twice; give it once"),
        ("lpm-random:seed=x", "lpm-random:seed=x: seed is 'x'; give a number"),
    ],
)
def test_mistakes_are_named(spec, message):
    """A wrong name or parameter gives one line with the nearest right one."""
    with pytest.raises(InputError) as caught:
        registry.create("policies", spec)
    assert message in str(caught.value)


@pytest.mark.parametrize("kind", ["policies", "backends"])
@pytest.mark.parametrize("value", [10**20, -(10**20), "nan", "inf", "1e308", "-1", "", "a", "[/]"])
def test_no_value_breaks_a_constructor(kind, value):
    """Each parameter of whatever is registered takes a value, or refuses it in one line."""
    for name in registry.available(kind):
        for key in inspect.signature(registry.load(kind, name)).parameters:
            with contextlib.suppress(InputError):
                made = registry.create(kind, f"{name}:{key}={value}")
                if kind == "policies":
                    assert sorted(simulate(QUEUE, made).order.tolist()) == [0, 1, 2]


def test_a_missing_package_is_named(monkeypatch):
    """An optional backend says what to install."""
    point = EntryPoint("ghost", "no_such_package:Thing", "prefixsched.backends")
    monkeypatch.setattr(registry, "available", lambda _: {"ghost": point})
    with pytest.raises(InputError, match="'ghost' needs the package 'no_such_package'"):
        registry.load("backends", "ghost")
