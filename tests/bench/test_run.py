"""Tests of whole runs: killed and resumed, in processes, on a cluster."""

import os
import signal
import subprocess
import sys
import time

import pytest
from bench_suites import GATE, TINY, plain, slowly

from prefixsched.bench.pools import run_in_processes, run_on_dask
from prefixsched.bench.run import prepare, run_suite
from prefixsched.bench.store import Store
from prefixsched.bench.suite import read_suite
from prefixsched.errors import InputError

WAIT = 120
"""Seconds after which a test gives up waiting for another process."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a suite, and policies that stop or crash."""
    (tmp_path / "gates.py").write_text(GATE)
    (tmp_path / "tiny.toml").write_text(TINY)
    (tmp_path / "gate.toml").write_text(TINY.replace('"lpm"', '"gates:Gate"'))
    (tmp_path / "crash.toml").write_text(TINY.replace('"lpm"', '"gates:Crash"'))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def run_whole(name, out, **options):
    """The rows of a run from beginning to end."""
    suite = read_suite(name)
    store = prepare(suite, out, resume=False)
    run_suite(suite, store, **options)
    return store.rows()


def test_a_killed_and_resumed_run_gives_the_same_rows(folder):
    """Killed in its third stream and resumed, a run ends with the rows of an unbroken one."""
    out = folder / "out"
    command = [sys.executable, "-m", "prefixsched", "bench", "gate.toml", "-o", str(out)]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + WAIT
    while not (folder / "runs").exists() or (folder / "runs").stat().st_size < 3:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert len(Store.open(out).rows()) == 6  # two of four streams
    (folder / "open").touch()
    subprocess.run([*command, "--resume"], check=True, stdout=subprocess.DEVNULL)
    resumed = Store.open(out).rows()
    assert len(resumed) == 12
    assert plain(resumed) == plain(run_whole("gate.toml", folder / "whole"))


def test_processes_give_the_same_rows(folder):
    """Two processes do what one does."""
    assert plain(run_whole("tiny.toml", folder / "two", jobs=2)) == plain(
        run_whole("tiny.toml", folder / "one")
    )


def test_a_process_that_dies_is_replaced(folder):
    """What it did is begun again, and no row is lost or there twice."""
    rows = run_whole("crash.toml", folder / "out", jobs=2)
    assert (folder / "crashed").exists()
    assert plain(rows) == plain(run_whole("crash.toml", folder / "whole"))


def test_an_interrupt_ends_all_processes(folder):
    """Ctrl-C, which the whole group gets, ends in one line and leaves nobody at work."""
    (folder / "runs").write_text("xx")  # so that the first pick waits
    command = [sys.executable, "-m", "prefixsched", "bench", "gate.toml", "-o", "out"]
    command += ["--jobs", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + WAIT
    while (folder / "runs").stat().st_size < 3:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=WAIT)
    assert process.returncode == 130
    assert said.count("\n") == 1
    assert "interrupted; " in said
    assert "rows are in out; --resume goes on" in said
    with pytest.raises(ProcessLookupError):  # the group is empty, in a moment
        while time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(0.02)


def test_processes_that_keep_dying_end_the_run():
    """In one line, after a few attempts."""
    with pytest.raises(InputError, match="jobs: processes keep dying"):
        list(run_in_processes(os._exit, [(1,)], 2))


def test_a_policy_that_fails_names_itself_and_leaves_the_rows(folder):
    """The rows that were there stay, and a resumed run goes on from them."""
    text = TINY.replace('"lpm"', '"gates:Full"')
    (folder / "full.toml").write_text(text)
    suite = read_suite("full.toml")
    store = prepare(suite, folder / "out", resume=False)

    def stop_after_six(row):
        if len(store.rows()) == 6:
            (folder / "stop").touch()

    with pytest.raises(InputError, match="rasq-n4-s0: policy full: ValueError at pick 0: told"):
        run_suite(suite, store, on_row=stop_after_six)
    assert len(store.rows()) == 6
    (folder / "stop").unlink()
    run_suite(suite, prepare(suite, folder / "out", resume=True))
    assert len(store.rows()) == 12


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_loses_no_row(tmp_path):
    """On a LocalCluster of processes, one killed at work, every call ends once."""
    distributed = pytest.importorskip("distributed", reason="distributed isn't installed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        calls = [(str(tmp_path), k) for k in range(8)]
        results = run_on_dask(slowly, calls, cluster.scheduler_address)
        got = [next(results)]
        begun, deadline = tmp_path / "begun3", time.monotonic() + WAIT
        while not begun.exists() or not begun.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.kill(int(begun.read_text()), signal.SIGKILL)
        (tmp_path / "killed").touch()
        got += results
    assert sorted(got) == list(range(8))


@pytest.mark.slow
def test_a_suite_on_a_cluster(folder):
    """The rows are those of a run here."""
    distributed = pytest.importorskip("distributed", reason="distributed isn't installed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        rows = run_whole("tiny.toml", folder / "dask", dask=cluster.scheduler_address)
    assert plain(rows) == plain(run_whole("tiny.toml", folder / "here"))


def test_a_cluster_that_is_not_there(folder, monkeypatch):
    """One line says how to start one."""
    pytest.importorskip("distributed", reason="distributed isn't installed")
    monkeypatch.setattr("prefixsched.bench.pools.CONNECT_SECONDS", 0.2)
    with pytest.raises(InputError, match="dask: no scheduler answers at 'tcp://127.0.0.1:9'"):
        run_whole("tiny.toml", folder / "out", dask="tcp://127.0.0.1:9")
