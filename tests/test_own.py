"""Tests of a user's own policies, given as module:Class."""

import pytest
from strategies import stream

from prefixsched import registry
from prefixsched.errors import InputError
from prefixsched.simulate import simulate

SOURCE = '''
class Youngest:
    """The youngest."""

    def __init__(self, skip: int = 0):
        self.skip = skip

    def pick(self, view):
        return view.waiting[-1 - self.skip]

class Nothing:
    pass

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
        ("my_broken:Any", "importing my_broken ends in ModuleNotFoundError: No module named 'nowh"),
        ("my_missing:Any", "policies: there is no 'my_missing'"),
        ("my_missing.deep:Any", "policies: there is no 'my_missing.deep'"),
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
    """The policy, the exception and the pick are named."""
    with pytest.raises(InputError, match="policy raises: KeyError at pick 0: 'no such key'; mend"):
        simulate(QUEUE, "my_policies:Raises")
    with pytest.raises(InputError, match="policy Youngest: IndexError at pick 2: "):
        simulate(QUEUE, "my_policies:Youngest:1")
