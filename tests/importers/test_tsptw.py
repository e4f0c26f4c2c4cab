"""Tests of TSPTW files."""

import gzip

import pytest

import prefixsched as ps
from prefixsched.importers.tsptw import read
from prefixsched.model.errors import InputError
from prefixsched.tsptw.instance import DEPOT, tsptw_instance
from prefixsched.tsptw.makespan import least_makespan

TEXT = "3\n0 4 6\n5 0 2\n7 3 0\n0 40\n9 12\n3 30\n"


@pytest.fixture
def tsptw(tmp_path):
    """A function that writes a text and reads it as a TSPTW file."""

    def write(text, name="t.txt"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return read(path)

    return write


@pytest.mark.parametrize("name", ["t.txt", "t.txt.gz"])
def test_a_file_becomes_the_documented_instance(tsptw, name):
    """n, distances, windows: what the function makes of the same numbers."""
    found = tsptw(TEXT, name)
    expected = tsptw_instance([[0, 4, 6], [5, 0, 2], [7, 3, 0]], [[0, 40], [9, 12], [3, 30]])
    assert found.cost.matrix.tolist() == expected.cost.matrix.tolist()
    assert found.cost.start.tolist() == expected.cost.start.tolist()
    assert found.allowance.tolist() == expected.allowance.tolist()
    assert found.arrival.tolist() == expected.arrival.tolist()
    assert (found.name, found.ids[-1]) == ("t", DEPOT)
    assert found.meta == {"importer": "tsptw", "source": name, "ticks_per_unit": 1}
    best = least_makespan(found)
    assert (best.schedule.order, best.upper_bound) == ((1, 0, 2), 14)


def test_line_breaks_comments_and_number_styles_change_nothing(tsptw):
    """Only the order of the numbers counts; 4.0 and 0.4e1 are 4."""
    plain, loose = tsptw(TEXT), tsptw("# three\n3 0 4.0 6 5 0 2 7\r\n3 0 # x 9\n0 0.4e2 9 12 3\t30")
    assert loose.cost.matrix.tolist() == plain.cost.matrix.tolist()
    assert loose.allowance.tolist() == plain.allowance.tolist()
    assert loose.meta["ticks_per_unit"] == 1


def test_decimals_are_scaled_exactly(tsptw):
    """The finest decimal sets the tick; trailing zeros don't."""
    found = tsptw("2\n0 0.125\n1.50 0\n0 10\n0.1 3.000000000000000000000000000000000000\n")
    assert found.meta["ticks_per_unit"] == 1000
    assert found.cost.start.tolist() == [125, 10_001]
    assert found.cost.matrix[0].tolist() == [0, 1500]
    assert found.arrival.tolist() == [100, 0]
    assert found.allowance.tolist() == [2900, 10_000]


def test_numbers_in_a_name_stay(tsptw):
    """Public instances differ in what follows the point alone."""
    assert tsptw(TEXT, "n20w20.001.txt").name == "n20w20.001"
    assert tsptw(TEXT, "n20w20.002").name == "n20w20.002"


def test_it_survives_its_instance_file(tsptw, tmp_path):
    """Written and read back, it has the same least makespan."""
    ps.write(tsptw(TEXT), tmp_path / "t.json")
    assert least_makespan(ps.read(tmp_path / "t.json")).upper_bound == 14


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "t.txt: the file is empty"),
        ("1\n0\n0 1\n", "t.txt:1: n: 1; give the number of places, 2 or more"),
        ("# n\n2.5\n", "t.txt:2: n: 2.5; give the number of places, 2 or more"),
        (TEXT + "1", "t.txt: 16 numbers after n = 3; give n rows of n distances and n rows of"),
        ("9007199254740992\n1", "t.txt: 1 numbers after n = 9007199254740992; give n rows"),
        (TEXT.replace("7", "x"), "t.txt:4: 'x' is not a number; give n, distances and windows"),
        (TEXT.replace("7", "nan"), "t.txt:4: 'nan' is not a number"),
        (TEXT.replace("7", "-7"), "t.txt:4: -7 is negative; give 0 or more"),
        (TEXT.replace("7", "1e99"), "t.txt:4: 1e99 is past 2^53; use a coarser unit"),
        (TEXT.replace("7", "1e-99"), "t.txt: numbers up to 40 with 99 decimals are past 2^53"),
        (TEXT.replace("7", f"7.{'0' * 14}1"), "t.txt: numbers up to 40 with 15 decimals are past"),
        (TEXT.replace("9 12", "12 9"), "t.txt: window[1]: earliest 12 is past latest 9"),
    ],
)
def test_broken_files_are_refused(tsptw, text, message):
    """One line names the place and the mend."""
    with pytest.raises(InputError) as caught:
        tsptw(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
