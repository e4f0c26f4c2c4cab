"""Tests of cost files."""

import json
from fractions import Fraction

import pytest

from prefixsched.io.cost_file import read_cost, write_cost
from prefixsched.model.cost import Potential
from prefixsched.model.errors import InputError

COST = Potential(Fraction("60.4187"), Fraction("0.000974892"))


@pytest.mark.parametrize("cost", [COST, Potential(Fraction(3))], ids=("causal", "linear"))
@pytest.mark.parametrize("name", ["cost.json", "cost.json.gz"])
def test_a_cost_comes_back_exactly(cost, name, tmp_path):
    """Coefficients are decimals, and what is read equals what was written."""
    write_cost(cost, {"log": "x"}, tmp_path / name)
    assert read_cost(tmp_path / name) == cost


def test_the_block_is_that_of_instance_files(tmp_path):
    """``cost`` and ``time_unit`` can be put into an instance file as they stand."""
    write_cost(COST, {}, tmp_path / "cost.json")
    written = json.loads((tmp_path / "cost.json").read_text())
    assert written["cost"] == {"model": "causal", "token": 60.4187, "attention": 0.000974892}
    assert written["time_unit"] == "us"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "prefixsched-cost/2"}, "format: invalid enum value"),
        ({"time_unit": "ms"}, "time_unit: invalid enum value 'ms'"),
        ({"cost": {"model": "table"}}, "cost.model: invalid value 'table'"),
        ({"cost": {"model": "linear", "token": -1}}, "cost.token: -1 is negative"),
        ({"cost": {"model": "linear", "attention": 1}}, "cost.attention: not 0 under the linear"),
        ({"colour": 1}, "unknown field colour"),
    ],
)
def test_a_wrong_file_is_refused(change, message, tmp_path):
    """File, field and mend are named."""
    path = tmp_path / "cost.json"
    good = {"format": "prefixsched-cost/1", "cost": {"model": "linear", "token": 1}}
    path.write_text(json.dumps(good | change))
    with pytest.raises(InputError, match=f"cost.json: .*{message}"):
        read_cost(path)


@pytest.mark.parametrize("text", ["ms,tokens\n1,2\n", '{"timestamp": 1}', "[1]"])
def test_what_is_no_cost_file_is_named_so(text, tmp_path):
    """A log in its place, above all."""
    (tmp_path / "log.csv").write_text(text)
    with pytest.raises(InputError, match=r"log\.csv: is not a cost file; give one"):
        read_cost(tmp_path / "log.csv")
