"""Tests of whole runs: killed and resumed, in processes, on a cluster."""

import contextlib
import json
import multiprocessing
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from bench_suites import BACKENDS, GATE, TINY, briefly, plain, slowly
from msgspec import structs

from prefixsched.bench.cluster import run_on_dask
from prefixsched.bench.pools import run_here, run_in_processes
from prefixsched.bench.run import prepare, run_suite
from prefixsched.bench.store import ROWS, Store
from prefixsched.bench.suite import read_suite
from prefixsched.model.errors import InputError
from prefixsched.offline.solve import solve

WAIT = 120
"""Seconds after which a test gives up waiting for another process."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a suite, and policies that stop or crash."""
    (tmp_path / "gates.py").write_text(GATE)
    (tmp_path / "tiny.toml").write_text(TINY)
    (tmp_path / "gate.toml").write_text(TINY.replace('"lpm"', '"gates:Gate"'))
    (tmp_path / "backends.toml").write_text(BACKENDS)
    (tmp_path / "gate-backends.toml").write_text(BACKENDS.replace('"lpm"', '"gates:Gate"'))
    (tmp_path / "crash.toml").write_text(TINY.replace('"lpm"', '"gates:Crash"'))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path


def run_whole(name, out, **options):
    """The rows of a run from beginning to end."""
    suite = read_suite(name)
    store = prepare(suite, out, resume=False)
    run_suite(suite, store, **options)
    return store.rows()


@pytest.mark.parametrize(("name", "each"), [("gate.toml", 3), ("gate-backends.toml", 4)])
def test_a_killed_and_resumed_run_gives_the_same_rows(folder, name, each):
    """Killed in its third stream and resumed, a run ends with the rows of an unbroken one."""
    out = folder / "out"
    command = [sys.executable, "-m", "prefixsched", "bench", name, "-o", str(out)]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + WAIT
    while not (folder / "runs").exists() or (folder / "runs").stat().st_size < 3:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert len(Store.open(out).rows()) == 2 * each  # two of four streams
    (folder / "open").touch()
    subprocess.run([*command, "--resume"], check=True, stdout=subprocess.DEVNULL)
    resumed = Store.open(out).rows()
    assert len(resumed) == 4 * each
    assert plain(resumed) == plain(run_whole(name, folder / "whole"))


@pytest.mark.parametrize("kept", range(9))
def test_a_run_of_two_backends_goes_on_from_any_row(folder, kept, monkeypatch):
    """Only what is missing is run: no backend is asked twice, and the rows end up the same."""
    whole = run_whole("backends.toml", folder / "out")
    path = folder / "out" / ROWS
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:kept]))
    asked = []

    def listen(*args, backend, **options):
        asked.append(backend)
        return solve(*args, backend=backend, **options)

    monkeypatch.setattr("prefixsched.bench.work.solve", listen)
    suite = read_suite("backends.toml")
    run_suite(suite, prepare(suite, folder / "out", resume=True))
    assert plain(Store.open(folder / "out").rows()) == plain(whole)
    assert asked == [row.asked for row in whole[kept:] if row.asked is not None]


def test_rows_of_two_backends(folder):
    """A row of the optimum for each, and the best bracket of all in the policies' rows."""
    rows = run_whole("backends.toml", folder / "out")
    assert [row.asked for row in rows[:4]] == ["cpsat:plain=1", "dp", None, None]
    for k in range(0, len(rows), 4):
        optima, policies = rows[k : k + 2], rows[k + 2 : k + 4]
        assert [row.policy for row in policies] == ["fcfs", "lpm"]
        for row in policies:
            assert row.lower_bound == max(best.lower_bound for best in optima)
            assert row.upper_bound == min(best.upper_bound for best in optima)


def test_results_of_before_there_were_several_backends_go_on(folder):
    """Rows that don't name the backend are those of the suite's only one."""
    whole = run_whole("tiny.toml", folder / "out")
    path = folder / "out" / ROWS
    lines = path.read_bytes().replace(b',"asked":null', b"").replace(b',"asked":"auto"', b"")
    assert b"asked" not in lines
    path.write_bytes(b"".join(lines.splitlines(keepends=True)[:8]))
    suite = read_suite("tiny.toml")
    run_suite(suite, prepare(suite, folder / "out", resume=True))
    rows = [structs.replace(row, asked=None) for row in Store.open(folder / "out").rows()]
    assert plain(rows) == plain([structs.replace(row, asked=None) for row in whole])


def test_a_backend_that_takes_no_such_instance_names_it(folder):
    """One line tells the family, the instance and the backend; rows that there were stay."""
    text = BACKENDS.replace("per-user = 2", "per-user = [2, 6]").replace("cpsat:plain=1", "brute")
    (folder / "brute.toml").write_text(text)
    suite = read_suite("brute.toml")
    store = prepare(suite, folder / "out", resume=False)
    with pytest.raises(InputError, match="family rasq, rasq-n12-s0: backend brute: 12 queries"):
        run_suite(suite, store)
    assert {row.n for row in store.rows()} == {4}


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


def test_a_process_that_dies_with_nothing_to_do_costs_no_call():
    """Whatever was to be its next is begun elsewhere."""
    results = run_in_processes(abs, [(k,) for k in range(6)], 2)
    got = [next(results)]
    for process in multiprocessing.active_children():
        process.kill()
        process.join()
    assert sorted([*got, *results]) == list(range(6))


def test_processes_killed_at_random_moments_cost_no_call():
    """As many results as calls, each once."""
    rng = random.Random(0)  # noqa: S311
    kills, got = [], []

    def kill():
        for process in rng.sample(multiprocessing.active_children(), 1):
            process.kill()

    for result in run_in_processes(briefly, [(k,) for k in range(100)], 2):
        got.append(result)
        if len(got) % 40 == 1:
            kills.append(threading.Timer(rng.uniform(0, 0.05), kill))
            kills[-1].start()
    for each in kills:
        each.join()
    assert len(kills) == 3
    assert sorted(got) == list(range(100))


def test_processes_end_with_their_parent(folder):
    """Though nobody was left to end them."""
    (folder / "runs").write_text("xx")  # so that the first pick waits
    command = [sys.executable, "-m", "prefixsched", "bench", "gate.toml", "-o", "out"]
    process = subprocess.Popen([*command, "--jobs", "2"], start_new_session=True)
    deadline = time.monotonic() + WAIT
    while (folder / "runs").stat().st_size < 3:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.wait()
    with pytest.raises(ProcessLookupError):  # the group is empty, in a moment
        while time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(0.02)


def test_rows_are_counted_before_a_run_is_called_whole(folder, monkeypatch):
    """A call that was lost, by whatever defect, isn't passed over."""
    suite = read_suite("tiny.toml")
    store = prepare(suite, folder / "out", resume=False)
    monkeypatch.setattr(
        "prefixsched.bench.run.run_here", lambda function, calls: run_here(function, calls[1:])
    )
    with pytest.raises(InputError, match="out: 1 of 4 instances lack rows; .* with --resume"):
        run_suite(suite, store)
    monkeypatch.undo()
    run_suite(suite, store)
    assert len(store.rows()) == 12


def test_an_interrupt_ends_all_processes(folder):
    """Ctrl-C, which the whole group gets, ends in one line and leaves nobody at work."""
    (folder / "runs").write_text("xx")  # so that the first pick waits
    command = [sys.executable, "-m", "prefixsched", "bench", "gate.toml", "-o", "out"]
    command += ["--jobs", "2"]
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs ignore it
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    signal.signal(signal.SIGINT, heard)
    deadline = time.monotonic() + WAIT
    while (folder / "runs").stat().st_size < 3:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=WAIT)
    assert process.returncode == 3
    assert said.count("\n") == 1
    assert "interrupted; " in said
    assert "rows are in out; --resume goes on" in said
    with pytest.raises(ProcessLookupError):  # the group is empty, in a moment
        while time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(0.02)


def test_an_interrupt_between_two_results_ends_all_processes(folder):
    """Though somebody still holds the exception, and with it all that was going on."""
    suite = read_suite("tiny.toml")

    def interrupted(row):
        raise KeyboardInterrupt

    before = set(multiprocessing.active_children())
    with pytest.raises(KeyboardInterrupt) as held:
        run_suite(suite, prepare(suite, folder / "out", resume=False), jobs=2, on_row=interrupted)
    for process in set(multiprocessing.active_children()) - before:
        deadline = time.monotonic() + WAIT / 4
        while process.exitcode is None:  # the pool's own thread may be about to learn it
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert held.value is not None


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

    told = r"rasq-n4-s0: policy full: pick 0 ends in ValueError at .*gates\.py:\d+: told to stop"
    with pytest.raises(InputError, match=told):
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


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and its worker, each a group of processes of its own; and the address."""
    distributed = pytest.importorskip("distributed", reason="distributed isn't installed")
    found, groups = tmp_path / "scheduler.json", []

    def begin(what, *options):
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard"]
        command += ["--scheduler-file", str(found), *options]
        groups.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True))

    begin("scheduler", "--host", "127.0.0.1", "--port", "0")
    begin("worker", "--nthreads", "1")
    deadline = time.monotonic() + WAIT
    while not (found.exists() and found.read_text().endswith("}")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    address = json.loads(found.read_text())["address"]
    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=WAIT)
    yield (*groups, address)
    for process in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.slow
@pytest.mark.parametrize(("which", "told"), [(0, "the scheduler at .*"), (1, "all workers of .*")])
def test_a_cluster_that_goes_away(folder, cluster, monkeypatch, capfd, which, told):
    """Scheduler or workers: one line, soon, and the rows that were there stay."""
    monkeypatch.setattr("prefixsched.bench.cluster.ABSENCE_SECONDS", 1)
    (folder / "runs").touch()
    suite = read_suite("gate.toml")  # its policy waits in the third of four runs
    store = prepare(suite, folder / "out", resume=False)

    def kill_after_six(row):
        if len(store.rows()) == 6:
            os.killpg(cluster[which].pid, signal.SIGKILL)

    with pytest.raises(InputError, match=f"dask: {told} gone; start .* with --resume"):
        run_suite(suite, store, dask=cluster[2], on_row=kill_after_six)
    assert len(store.rows()) == 6
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("address", ["", "foo", "tcp://localhost:x", "http://localhost:80"])
def test_a_cluster_whose_address_is_none(address):
    """One line, at once."""
    pytest.importorskip("distributed", reason="distributed isn't installed")
    with pytest.raises(InputError, match="dask: .* is no address; give one as tcp://localhost:8"):
        list(run_on_dask(abs, [(1,)], address))


@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-OpenSSH_9.9\r\n" * 9])
def test_a_cluster_that_is_something_else(greeting, monkeypatch, capfd):
    """One line, soon, if a stranger answers at the address or says nothing."""
    pytest.importorskip("distributed", reason="distributed isn't installed")
    monkeypatch.setattr("prefixsched.bench.cluster.CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept = []

        def answer():
            kept.append(server.accept()[0])
            kept[0].sendall(greeting)

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(InputError, match="dask: no scheduler answers at 'tcp://127.0.0.1:"):
            list(run_on_dask(abs, [(1,)], f"tcp://127.0.0.1:{server.getsockname()[1]}"))
    assert capfd.readouterr() == ("", "")


def test_a_cluster_that_is_not_there(folder, monkeypatch):
    """One line says how to start one."""
    pytest.importorskip("distributed", reason="distributed isn't installed")
    monkeypatch.setattr("prefixsched.bench.cluster.CONNECT_SECONDS", 0.2)
    with pytest.raises(InputError, match="dask: no scheduler answers at 'tcp://127.0.0.1:9'"):
        run_whole("tiny.toml", folder / "out", dask="tcp://127.0.0.1:9")
