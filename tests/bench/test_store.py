"""Tests of the store of results."""

import subprocess
import sys

import msgspec
import pytest
from bench_suites import TINY, plain
from strategies import stream

from prefixsched.bench.run import prepare, run_suite
from prefixsched.bench.store import HEAD, ROWS, Store
from prefixsched.bench.suite import read_suite
from prefixsched.io.instance_file import write_instance
from prefixsched.model.errors import InputError


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


def test_a_torn_line_after_a_bad_one_hides_nothing(store):
    """The bad one is told, as it is in a file that ends well."""
    path = store.folder / ROWS
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"{}\n", *lines[2:]])[:-9])
    with pytest.raises(InputError, match=r"results\.jsonl:2: "):
        store.rows()


def test_files_of_a_folder_that_are_missing(suite, store):
    """One line for each."""
    (store.folder / ROWS).unlink()
    with pytest.raises(InputError, match=r"results\.jsonl: no such file"):
        store.rows()
    with pytest.raises(InputError, match=r"results\.jsonl: no such file"):
        run_suite(suite, store)


def test_results_of_another_format_are_refused(store):
    """What a later version may write isn't read as this one's."""
    path = store.folder / HEAD
    path.write_bytes(path.read_bytes().replace(b"bench/1", b"bench/2"))
    with pytest.raises(InputError, match=r"bench\.json: format: "):
        Store.open(store.folder)


TAMPERED = {
    "a bound above the optimum": ({"lower_bound": 10**6}, "lower_bound 1000000 is above upper_"),
    "a TTFT below the bound": (
        dict.fromkeys(("p50", "p90", "p95", "p99", "max"), 1),
        "a TTFT of 1 is below the lower_bound proven",
    ),
    "percentiles that fall": ({"p50": 10**9}, "p50, p90, p95, p99 and max don't rise"),
    "another instance": ({"tokens": 7 * 10**6}, "tokens is 7000000, but 24000 in line 1 of the"),
    "more reuse than tokens": ({"reused_tokens": 10**6}, "reused_tokens 1000000 are more than"),
    "a bound above another's TTFT": (
        {"lower_bound": 10**6, "upper_bound": 10**7},
        "a TTFT of 7000 is below the lower_bound proven",
    ),
    "a number past 64 bits": ({"makespan": 2**63}, "makespan: "),
    "a number below 0": ({"makespan": -1}, "makespan: "),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_rows_that_contradict_are_refused(store, name):
    """No ratio below 1 is ever computed, whatever has been done to the file."""
    changes, message = TAMPERED[name]
    path = store.folder / ROWS
    lines = path.read_bytes().splitlines()
    lines[1] = msgspec.json.encode(msgspec.json.decode(lines[1]) | changes)
    path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(InputError) as caught:
        store.rows()
    assert f"{path}:2: {message}" in str(caught.value)


def test_an_instance_that_has_changed_is_not_mixed_in(tmp_path, monkeypatch):
    """Neither when a run goes on, nor while it lasts; put back, it goes on to the same rows."""
    monkeypatch.chdir(tmp_path)
    text = 'policies = ["fcfs", "lpm"]\n[[family]]\nfiles = ["a.json", "b.json"]\n'
    (tmp_path / "files.toml").write_text(text)
    for name, arrival in (("a", 0), ("b", 1)):
        write_instance(stream((0, "abc"), (arrival, "abd"), (arrival, "ac")), f"{name}.json")
    before = (tmp_path / "b.json").read_bytes()
    suite = read_suite("files.toml")
    store = prepare(suite, tmp_path / "out", resume=False)
    run_suite(suite, store)
    whole = store.rows()
    path = tmp_path / "out" / ROWS
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:4]))
    write_instance(stream((0, "abc"), (0, "b")), "b.json")
    with pytest.raises(InputError, match=r"/b\.json: has changed since .*out was begun; put it"):
        prepare(suite, tmp_path / "out", resume=True)
    with pytest.raises(
        InputError, match=r"family b\.json: .*/b\.json: isn't what it was when the run"
    ):
        run_suite(suite, store)
    (tmp_path / "b.json").write_bytes(before)
    monkeypatch.chdir("/")  # the suite's own folder counts
    suite = read_suite(str(tmp_path / "files.toml"))
    run_suite(suite, prepare(suite, tmp_path / "out", resume=True))
    assert plain(store.rows()) == plain(whole)


TRIES = 40
RACE = """
import sys, time
from pathlib import Path
from prefixsched.bench.store import Head, Store
from prefixsched.model.errors import InputError

folder, mark = Path(sys.argv[1]), sys.argv[2]
for k in range(int(sys.argv[3])):
    here = folder / str(k)
    print(k, flush=True)
    sys.stdin.readline()  # both at once
    try:
        store = Store.create(here, Head(suite=mark, hash=mark, traces={}), mark)
    except InputError:
        continue
    with store.locked():
        (here / f"holds{mark}").touch()
        assert store.head.suite == Store.open(here).head.suite == mark
"""


def test_of_two_that_begin_at_once_one_has_the_folder(tmp_path):
    """The other is refused, and never empties what the first one has."""
    command = [sys.executable, "-c", RACE, str(tmp_path)]
    racers = [
        subprocess.Popen(
            [*command, mark, str(TRIES)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for mark in "ab"
    ]
    for _ in range(TRIES):
        for racer in racers:
            racer.stdout.readline()
        for racer in racers:
            racer.stdin.write("\n")
            racer.stdin.flush()
    for racer in racers:
        racer.communicate()
        assert racer.returncode == 0
    for k in range(TRIES):
        assert len(list((tmp_path / str(k)).glob("holds*"))) <= 1
        assert Store.open(tmp_path / str(k)).head.suite in "ab"
