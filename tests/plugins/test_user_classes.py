"""Tests of a user's own policies, given as module:Class."""

import pytest
from strategies import stream

from prefixsched.model.errors import InputError
from prefixsched.online.simulation import simulate
from prefixsched.plugins import registry

SOURCE = '''
class Youngest:
    """The youngest."""

    def __init__(self, skip: int = 0):
        self.skip = skip

    def pick(self, view):
        return view.waiting[-1 - self.skip]

class Nothing:
    pass

class Needs:
    def __init__(self, what):
        self.what = what

    def pick(self, view):
        return view.waiting[0]

class Unmade:
    def __init__(self, by: str = "raise"):
        if by == "exit":
            raise SystemExit(0)
        raise RuntimeError("can't be made")

    def pick(self, view):
        return view.waiting[0]

class Returns:
    answer = None

    def pick(self, view):
        return eval(self.answer)

class Leaves:
    def pick(self, view):
        import sys
        sys.exit(0)

kept = Youngest(skip=0)

class Raises:
    name = "raises"

    def pick(self, view):
        return {}["no such key"]
'''
QUEUE = stream((0, "ab"), (0, "b"), (0, "c"))


@pytest.fixture
def _folder(tmp_path, monkeypatch):
    """A current folder with a module of policies, and a broken one."""
    (tmp_path / "my_policies.py").write_text(SOURCE)
    (tmp_path / "my_broken.py").write_text("import nowhere_at_all\n")
    (tmp_path / "my_typo.py").write_text("x = 1\ndef (\n")
    (tmp_path / "my_exit.py").write_text("import sys\nsys.exit(0)\n")
    (tmp_path / "my_package").mkdir()
    (tmp_path / "my_package" / "__init__.py").write_text("\nraise RuntimeError('not today')\n")
    (tmp_path / "my_needy").mkdir()
    (tmp_path / "my_needy" / "__init__.py").write_text("import nowhere_at_all\n")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_folder")
def test_a_class_of_the_current_folder():
    """Found without being registered, with parameters where it takes some, and named."""
    run = simulate(QUEUE, "my_policies:Youngest")
    assert (run.order.tolist(), run.policy) == ([2, 1, 0], "Youngest")
    assert simulate(stream((0, "a"), (0, "b")), "my_policies:Youngest:skip=0").order.tolist() == [
        1,
        0,
    ]


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("my_policies:Oldest", "my_policies:Oldest: my_policies has no class 'Oldest'; name one"),
        ("my_policies:Nothing", "Nothing has no method pick(view); add one"),
        ("my_policies:Youngest:skp=1", "no parameter 'skp'; did you mean skip?"),
        ("my_broken:Any", "importing my_broken ends in ModuleNotFoundError at "),
        ("my_broken:Any", "my_broken.py:1: No module named 'nowhere_at_all'; mend it"),
        ("my_typo:Any", "importing my_typo ends in SyntaxError at "),
        ("my_typo:Any", "my_typo.py:2: "),
        ("my_exit:Any", "my_exit.py:2: 0; mend it"),
        ("my_package.deep:Any", "importing my_package.deep ends in RuntimeError at "),
        ("my_package.deep:Any", "__init__.py:2: not today; mend it"),
        ("my_needy.deep:Any", "__init__.py:1: No module named 'nowhere_at_all'; mend it"),
        ("my_missing:Any", "my_missing:Any: there is no module 'my_missing' in this folder or am"),
        ("my_missing.deep:Any", "there is no module 'my_missing.deep' in this folder or among"),
        ("my_policies.deep:Any", "there is no module 'my_policies.deep' in this folder or among"),
        ("my_policies:Needs", "making it ends in TypeError: Needs.__init__() missing 1 required"),
        ("my_policies:Unmade", "my_policies:Unmade: making it ends in RuntimeError at "),
        ("my_policies:Unmade:exit", "Unmade:exit: making it ends in SystemExit at "),
        ("my_policies:kept:3", "my_policies:kept:3: "),
        ("klpm:inf", "policies: there is no 'klpm'; did you mean k-lpm?"),
    ],
)
def test_what_cannot_be_loaded_is_told(spec, message):
    """One line that names the module, the class or the nearest policy."""
    with pytest.raises(InputError) as caught:
        registry.create("policies", spec)
    assert message in str(caught.value)


@pytest.mark.usefixtures("_folder")
def test_a_policy_that_raises_ends_in_one_line():
    """The policy, the exception, the pick, and the file and line of the policy are named."""
    raised = SOURCE.splitlines().index('        return {}["no such key"]') + 1
    with pytest.raises(InputError) as caught:
        simulate(QUEUE, "my_policies:Raises")
    assert str(caught.value).startswith("policy raises: pick 0 ends in KeyError at ")
    assert str(caught.value).endswith(
        f"my_policies.py:{raised}: 'no such key'; mend its pick(view)"
    )
    with pytest.raises(InputError, match="policy Youngest:1: pick 2 ends in IndexError at "):
        simulate(QUEUE, "my_policies:Youngest:1")
    with pytest.raises(InputError, match="policy Leaves: pick 0 ends in SystemExit at "):
        simulate(QUEUE, "my_policies:Leaves")


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize(
    "answer",
    ["None", "view.waiting", "view.waiting[:1]", "0.0", "'0'", "True", "[0]", "10**30", "-1",
     "float('nan')", "object()", "view.waiting * 1.0", "{}"],
)  # fmt: skip
def test_a_pick_that_is_no_query_is_told(answer, monkeypatch):
    """Whatever a policy returns that isn't one number among those that wait."""
    from prefixsched.plugins.user_classes import find_own

    factory, _ = find_own("my_policies:Returns")
    monkeypatch.setattr(factory, "answer", answer)
    with pytest.raises(InputError, match="policy Returns: picked .* at pick 0, which isn't wait"):
        simulate(QUEUE, factory)


@pytest.mark.usefixtures("_folder")
def test_a_policy_may_be_an_object_or_its_class():
    """In Python and as a spec; what has no pick is told."""
    factory = type(registry.create("policies", "my_policies:Youngest"))
    for given in (factory, factory(), "my_policies:Youngest", "my_policies:kept"):
        run = simulate(QUEUE, given)
        assert (run.order.tolist(), run.policy) == ([2, 1, 0], "Youngest")
    for given in (3, None, object, object()):
        with pytest.raises(InputError, match=r"policy: .* has no method pick\(view\)"):
            simulate(QUEUE, given)


@pytest.mark.usefixtures("_folder")
def test_parameters_tell_policies_apart():
    """Tables have a name for each set of them; a name that tells them stays."""
    specs = ("my_policies:Youngest", "my_policies:Youngest:skip=0", "my_policies:Youngest:0")
    assert [simulate(QUEUE, spec).policy for spec in specs] == [
        "Youngest",
        "Youngest:skip=0",
        "Youngest:0",
    ]
    assert simulate(QUEUE, "k-lpm:4").policy == "k-lpm:4"
    assert simulate(QUEUE, "prefixsched.online.policies.prefix:KLPM:k=3").policy == "k-lpm:3"
