"""Tests of suite files."""

import contextlib
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples

from prefixsched.bench.suite import parse_suite, read_suite, shipped
from prefixsched.bench.work import make_instance
from prefixsched.model.errors import InputError

FAMILY = '[[family]]\ngenerator = "rasq"\n'
GOOD = 'policies = ["fcfs"]\n' + FAMILY


def parse(text, traces=None):
    """A suite from text."""
    return parse_suite(text, "s.toml", Path(), traces or {})


def test_a_family_is_a_grid_of_parameters_and_seeds():
    """Lists multiply; a family's own settings stand before the suite's."""
    suite = parse(
        'name = "x"\npolicies = ["fcfs", "lpm"]\nseeds = [3, 5]\ntime-limit = 1.5\n'
        + FAMILY
        + "users = [2, 3]\nper-user = 2\nload = [0.9, 1.2]\n"
        + '[[family]]\nname = "other"\ngenerator = "agents"\npolicies = ["k-lpm"]\nmax-nodes = 7\n'
    )
    assert len(suite.tasks) == 2 * 2 * 2 + 2
    assert suite.rows == 8 * 3 + 2 * 2
    first, last = suite.tasks[0], suite.tasks[-1]
    assert first.told == {"users": "2", "per-user": "2", "load": "0.9"}
    assert (first.family, first.seed, first.time_limit) == ("rasq", 3, 1.5)
    assert (last.family, last.policies, last.max_nodes) == ("other", {"k-lpm:4": "k-lpm"}, 7)


def test_a_family_is_searched_by_each_backend():
    """One or a list of them; a family's stand before the suite's, whichever way they are given."""
    given = {
        "": ("auto",),
        'backend = "dp"\n': ("dp",),
        'backends = ["auto", "cpsat:plain=1"]\n': ("auto", "cpsat:plain=1"),
    }
    for above, outer in given.items():
        for below, inner in given.items():
            suite = parse(above + GOOD + below)
            (task,) = suite.tasks
            assert task.backends == (inner if below else outer)
            assert suite.rows == 1 + len(task.backends)


@pytest.mark.parametrize("name", shipped())
def test_shipped_suites_read(name, tmp_path):
    """Every suite of the package is in order, and makes its instances."""
    root = Path(__file__).parents[2] / "instances" / "traces"
    traces = {kind: str(root / f"{kind}-sample.jsonl") for kind in ("mooncake", "bailian")}
    suite = read_suite(name, traces)
    assert suite.name == name
    assert make_instance(suite.tasks[0]).n >= 1


def test_the_hash_tells_suites_apart():
    """Equal for the same text and traces, else not."""
    assert parse(GOOD).hash == parse(GOOD).hash
    assert parse(GOOD).hash != parse(GOOD + "users = 3\n").hash
    text = 'policies = ["fcfs"]\n[[family]]\nimporter = "mooncake"\n'
    assert parse(text, {"mooncake": "a"}).hash != parse(text, {"mooncake": "b"}).hash


def test_formats_that_are_not_given_are_left_out():
    """Of two trace families the one that has a trace runs."""
    families = "".join(f'[[family]]\nimporter = "{kind}"\n' for kind in ("mooncake", "bailian"))
    suite = parse('policies = ["fcfs"]\n' + families, {"bailian": "b.jsonl"})
    assert [task.told for task in suite.tasks] == [{"path": "b.jsonl"}]


MISTAKES = {
    "no TOML": ("policies = [", "s.toml: not TOML (Invalid value"),
    "unknown key": ("polices = 1\n" + GOOD, "s.toml: no key 'polices'; did you mean policies?"),
    "no family": ('policies = ["fcfs"]', "s.toml: no family; add a [[family]] table"),
    "no source": ('policies = ["fcfs"]\n[[family]]\n', "family[0]: give one of generator, imp"),
    "two sources": (GOOD + 'importer = "mooncake"\n', "family[0]: give one of generator, importer"),
    "unknown generator": (
        'policies = ["fcfs"]\n[[family]]\ngenerator = "rsq"\n',
        "family[0].generator: generators: there is no 'rsq'; did you mean rasq?",
    ),
    "unknown parameter": (GOOD + "user = 3\n", "family[0]: no key 'user'; did you mean users?"),
    "unknown policy": (
        'policies = ["fcsf"]\n' + FAMILY,
        "family[0].policies: policies: there is no 'fcsf'; did you mean fcfs?",
    ),
    "policy twice": ('policies = ["k-lpm", "k-lpm:4"]\n' + FAMILY, "'k-lpm:4' is there already"),
    "no policies": (FAMILY, "family[0].policies: none; give a list such as ['fcfs', 'lpm']"),
    "unknown backend": ('backend = "brut"\n' + GOOD, "backends: there is no 'brut'; did you mean"),
    "unknown key of backends": (
        'backnds = ["dp"]\n' + GOOD,
        "s.toml: no key 'backnds'; did you mean backends?",
    ),
    "unknown backend of several": (
        'backends = ["auto", "cpsatt"]\n' + GOOD,
        "family[0].backends: backends: there is no 'cpsatt'; did you mean cpsat?",
    ),
    "unknown option of a backend": (
        GOOD + 'backends = ["cpsat:plan=1"]\n',
        "family[0].backends: cpsat:plan=1: no parameter 'plan'; did you mean plain?",
    ),
    "backend twice": (GOOD + 'backends = ["dp", "dp"]\n', "backends: dp is there already; give"),
    "no backends": (
        GOOD + "backends = []\n",
        "family[0].backends: [] can't stand here; give a list such as",
    ),
    "backends that are none": (
        GOOD + 'backends = "dp"\n',
        "family[0].backends: 'dp' can't stand here; give a list",
    ),
    "one and several backends": (
        'backends = ["dp"]\nbackend = "dp"\n' + GOOD,
        "family[0]: backend and backends are both there; give one of them",
    ),
    "no seeds": (
        "seeds = 0\n" + GOOD,
        "s.toml: seeds: 0 can't stand here; give how many, or a list",
    ),
    "negative limit": (
        "time-limit = -1\n" + GOOD,
        "s.toml: time-limit: -1 can't stand here; give a number of seconds",
    ),
    "twins": (GOOD + FAMILY, "family 'rasq' has the same instance twice; rename one family"),
    "no trace": (
        'policies = ["fcfs"]\n[[family]]\nimporter = "mooncake"\n',
        "s.toml: no trace to run; give --trace FORMAT:FILE",
    ),
    "nested without end": ("policies = " + "[" * 3000, "s.toml: not TOML (nested too deeply)"),
    "a number without end": (f"seeds = {'9' * 5000}\n" + GOOD, "s.toml: not TOML ("),
    "a hexadecimal number without end": (
        f"seeds = 0x{'f' * 5000}\n" + GOOD,
        "s.toml: seeds: a number of thousands of digits can't stand here; give how many",
    ),
    "seeds without end": (f"seeds = {10**19}\n" + GOOD, "s.toml: seeds: 1000000000"),
    "instances without end": (
        "seeds = 1_000_000\n" + GOOD + "users = [2, 3]\n",
        "s.toml: asks for 2,000,000 instances; give 1,000,000 or less",
    ),
    "families that are none": ("family = [3]\n", "s.toml: family[0]: 3 is no table; write [[fam"),
    "a limit that is no number": ("time-limit = nan\n" + GOOD, "s.toml: time-limit: NaN can't"),
    "a limit past all floats": ("time-limit = 1e400\n" + GOOD, "time-limit: 1E+400 can't stand"),
    "nodes without end": (GOOD + "max-nodes = inf\n", "family[0].max-nodes: Infinity can't stand"),
    "half a node": (GOOD + "max-nodes = 0.5\n", "family[0].max-nodes: 0.5 can't stand here"),
    "a cache that is half": (GOOD + "cache = 0.5\n", "family[0].cache: 0.5 can't stand here; give"),
    "a cache that is a number": (GOOD + "cache = ['last', 5]\n", "family[0].cache: 5 can't stand"),
    "a count that is a text": (GOOD + "users = '3'\n", "family[0].users: '3' can't stand here"),
    "a truth for a count": (
        GOOD + "users = true\n",
        "family[0].users: True can't stand here; give",
    ),
    "arrivals of another kind": (
        GOOD + "arrivals = 'random'\n",
        "family[0].arrivals: 'random' can't stand here; give 'regular' or 'poisson'",
    ),
    "a load past all floats": (GOOD + "load = 1e400\n", "family[0].load: 1E+400 can't stand here"),
    "a scale that is a text": (
        'policies = ["fcfs"]\n[[family]]\nimporter = "mooncake"\npath = "x"\ntime-scale = "a"\n',
        "family[0].time-scale: 'a' can't stand here; give a number like 0.5 or '1/3'",
    ),
    "a path that is a number": (
        'policies = ["fcfs"]\n[[family]]\nimporter = "mooncake"\npath = 3\n',
        "family[0].path: 3 can't stand here; give a path in quotes",
    ),
    "a path that no system has": (
        'policies = ["fcfs"]\n[[family]]\nfiles = ["a\\u0000b"]\n',
        "family[0].files: ['a\\x00b'] can't stand here; give a list of paths",
    ),
    "a name that is a number": (
        "name = 3\n" + GOOD,
        "s.toml: name: 3 can't stand here; give a name",
    ),
    "policies that are numbers": ("policies = [1]\n" + FAMILY, "s.toml: policies: [1] can't stand"),
    "paths that are none": (
        'policies = ["fcfs"]\n[[family]]\nfiles = 3\n',
        "family[0].files: 3 can't stand here; give a list of paths",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_named(name):
    """One line says where, and what mends it."""
    text, message = MISTAKES[name]
    with pytest.raises(InputError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 9)
    | st.just(10**19)
    | st.floats().map(lambda x: Decimal(repr(x)))
    | st.text(max_size=5)
    | st.sampled_from(["fcfs", "auto", "rasq", "last", "1/2", "s.toml"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
KEYS = st.sampled_from(
    ["policies", "seeds", "backends", "time-limit", "max-nodes", "generator", "importer", "files"]
) | st.sampled_from(
    ["name", "path", "users", "load", "cache", "time-scale", "count", "arrivals", "cv", "gap"]
)


@settings(max_examples=examples(80))
@given(st.dictionaries(KEYS, VALUES), st.dictionaries(KEYS, VALUES), st.booleans())
def test_no_value_breaks_the_reader(above, family, as_trace):
    """Whatever stands under a key is taken, or refused in one line that names the file."""
    source = {"importer": "mooncake", "path": "x"} if as_trace else {"generator": "rasq"}
    content = {"policies": ["fcfs"], **above, "family": [{**source, **family}]}
    with patch("tomllib.loads", lambda *_, **__: deepcopy(content)):
        try:
            suite = parse("")
        except InputError as error:
            assert str(error).startswith("s.toml: ")  # noqa: PT017
            assert "\n" not in str(error)  # noqa: PT017
        else:
            for task in suite.tasks[:2]:
                with contextlib.suppress(InputError):
                    make_instance(replace(task, parameters={**task.parameters, "per-user": 1}))


def test_a_suite_may_begin_with_a_byte_order_mark(tmp_path):
    """As some editors write it; bytes that are no text are named."""
    path = tmp_path / "s.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert read_suite(str(path)).tasks
    path.write_bytes(b"\x80" + GOOD.encode())
    with pytest.raises(InputError, match=r"s\.toml: "):
        read_suite(str(path))


def test_unknown_suites_name_the_nearest(tmp_path):
    """A name that is no suite, and a file that isn't there."""
    with pytest.raises(InputError, match="suite: there is no 'papr'; did you mean paper?"):
        read_suite("papr")
    with pytest.raises(InputError, match="no such file or directory; give a file that can be read"):
        read_suite(str(tmp_path / "x.toml"))
