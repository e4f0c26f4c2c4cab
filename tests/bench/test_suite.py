"""Tests of suite files."""

from pathlib import Path

import pytest

from prefixsched.bench.suite import parse_suite, read_suite, shipped
from prefixsched.errors import InputError

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
    from prefixsched.bench.work import make_instance

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
    "policy twice": ('policies = ["k-lpm", "k-lpm:4"]\n' + FAMILY, "k-lpm:4 is there already"),
    "no policies": (FAMILY, "family[0]: no policies; give a list such as ['fcfs', 'lpm']"),
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
    "no backends": (GOOD + "backends = []\n", "family[0]: no backends; give a list such as"),
    "backends that are none": (GOOD + 'backends = "dp"\n', "family[0]: no backends; give a list"),
    "one and several backends": (
        'backends = ["dp"]\nbackend = "dp"\n' + GOOD,
        "family[0]: backend and backends are both there; give one of them",
    ),
    "no seeds": ("seeds = 0\n" + GOOD, "family[0]: seeds is 0; give how many, or a list of them"),
    "negative limit": ("time-limit = -1\n" + GOOD, "time-limit is -1; give a number from 0"),
    "twins": (GOOD + FAMILY, "family 'rasq' has the same instance twice; rename one family"),
    "no trace": (
        'policies = ["fcfs"]\n[[family]]\nimporter = "mooncake"\n',
        "s.toml: no trace to run; give --trace FORMAT:FILE",
    ),
    "paths that are none": ('policies = ["fcfs"]\n[[family]]\nfiles = 3\n', "not a list of paths"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_named(name):
    """One line says where, and what mends it."""
    text, message = MISTAKES[name]
    with pytest.raises(InputError) as caught:
        parse(text)
    assert message in str(caught.value)


def test_unknown_suites_name_the_nearest(tmp_path):
    """A name that is no suite, and a file that isn't there."""
    with pytest.raises(InputError, match="suite: there is no 'papr'; did you mean paper?"):
        read_suite("papr")
    with pytest.raises(InputError, match="no such file or directory; give a TOML file"):
        read_suite(str(tmp_path / "x.toml"))
