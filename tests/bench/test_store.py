"""Tests of the store of results."""

import pytest
from bench_suites import TINY

from prefixsched.bench.run import prepare, run_suite
from prefixsched.bench.store import ROWS, Store
from prefixsched.bench.suite import read_suite
from prefixsched.errors import InputError


@pytest.fixture
def suite(tmp_path):
    """A suite of four instances and two policies."""
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return read_suite(str(path))


@pytest.fixture
def store(suite, tmp_path):
    """Its results."""
    made = prepare(suite, tmp_path / "out", resume=False)
    run_suite(suite, made)
    return made


def test_rows_come_back_as_they_were(suite, store):
    """What was written is read: a row for each policy of each stream, and one for the optimum."""
    rows = Store.open(store.folder).rows()
    assert len(rows) == suite.rows == 12
    assert {row.policy for row in rows} == {"optimum", "fcfs", "lpm"}
    assert all(row.ratio_low >= 1 and row.ratio_high >= row.ratio_low for row in rows)
    assert [row.order is not None for row in rows] == [row.policy == "optimum" for row in rows]
    assert (store.folder / "suite.toml").read_text() == TINY


@pytest.mark.parametrize("cut", [1, 40])
def test_a_torn_last_line_is_repaired(suite, store, cut):
    """A line that is cut short is passed over, removed, and its row run again."""
    path = store.folder / ROWS
    content = path.read_bytes()
    path.write_bytes(content[:-cut])
    assert len(store.rows()) == 11
    again = prepare(suite, store.folder, resume=True)
    assert again.repair() > 0
    assert path.read_bytes() == content[: content.rfind(b"\n", 0, -1) + 1]
    run_suite(suite, again)
    assert path.read_bytes() == content


def test_resuming_what_is_whole_adds_nothing(suite, store):
    """No row is written twice."""
    before = (store.folder / ROWS).read_bytes()
    run_suite(suite, prepare(suite, store.folder, resume=True))
    assert (store.folder / ROWS).read_bytes() == before


def test_a_line_that_is_no_row_is_named(store):
    """Damage in the middle is told with the file and the line, and not passed over."""
    path = store.folder / ROWS
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b'{"family": 3}\n', *lines[1:]]))
    with pytest.raises(InputError, match=r"results\.jsonl:2: family: expected str"):
        store.rows()


def test_folders_are_not_mixed_up(suite, store, tmp_path):
    """Results are not overwritten, not added to those of another suite, and not made up."""
    with pytest.raises(InputError, match="holds results already; give --resume to go on"):
        prepare(suite, store.folder, resume=False)
    other = tmp_path / "other.toml"
    other.write_text(TINY.replace("1.2", "1.1"))
    with pytest.raises(InputError, match="holds results of another suite, tiny .*, not tiny"):
        prepare(read_suite(str(other)), store.folder, resume=True)
    with pytest.raises(InputError, match="holds no results; give the folder of a bench run"):
        prepare(suite, tmp_path / "nowhere", resume=True)


def test_two_runs_do_not_write_at_once(suite, store):
    """The second is told; when the first has ended it may."""
    with (
        store.locked(),
        pytest.raises(InputError, match="another run is writing to it; wait for it or end it"),
    ):
        run_suite(suite, store)
    run_suite(suite, store)


def test_a_full_disk_leaves_whole_rows(store, monkeypatch):
    """A write that fails half way leaves nothing of its row."""
    from pathlib import Path

    before, row = (store.folder / ROWS).read_bytes(), store.rows()[0]
    real = Path.open

    class Full:
        """A file on which three bytes find room."""

        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def __getattr__(self, name):
            return getattr(self.file, name)

        def write(self, data):
            if self.file.tell() > len(before):
                raise OSError(28, "No space left on device")
            return self.file.write(bytes(data[:3]))

    monkeypatch.setattr(Path, "open", lambda self, *args, **kw: Full(real(self, *args, **kw)))
    with pytest.raises(OSError, match="No space left"):
        store.append(row)
    monkeypatch.undo()
    assert (store.folder / ROWS).read_bytes() == before
