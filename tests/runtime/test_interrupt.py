"""Interrupts: what heeds them, what is raised, and where not; limits."""

import os
import signal
import sys
import threading
import time

import numpy as np
import pytest

from prefixsched.kernels.jit import kernel
from prefixsched.runtime import interrupt, limits
from prefixsched.runtime.interrupt import cooperative, held, stopped
from prefixsched.runtime.threads import beside


@pytest.fixture(autouse=True)
def pythons_own_handler():
    """As in a session: the processes of pytest-xdist have none, and would be ended."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@kernel
def spin(rounds, out):
    """Busy for a while, and back with an array and a tuple, which are boxed."""
    total = np.int64(0)
    for k in range(rounds):
        total = (total * 31 + k) % 1_000_003
    out[0] = total
    return out, (total, total)


def press():
    """Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)


def later(seconds):
    """Ctrl-C in a while."""
    timer = threading.Timer(seconds, press)
    timer.start()
    return timer


def test_a_search_is_told_and_nothing_is_raised():
    """The first press sets the flag that limits read; afterwards all is as before."""
    before = signal.getsignal(signal.SIGINT)
    far = limits.in_seconds(1_000)
    with cooperative() as search:
        assert not limits.expired(far)
        press()
        assert limits.expired(None)
        assert limits.remaining(far) == limits.remaining(None) == 0
    assert search.interrupted
    assert not stopped()
    assert limits.remaining(None) is None
    assert signal.getsignal(signal.SIGINT) is before


def test_what_does_not_heed_is_left(monkeypatch):
    """Half a second after the first press, or at once after a second."""
    monkeypatch.setattr(interrupt, "PATIENCE", 0.05)
    began = time.monotonic()
    with cooperative() as search:
        press()
        time.sleep(60)
    assert search.interrupted
    monkeypatch.setattr(interrupt, "PATIENCE", 60)
    with cooperative() as search:
        press()
        press()
        time.sleep(60)
    assert search.interrupted
    assert time.monotonic() - began < 30


def test_a_deadline_is_no_interrupt(monkeypatch):
    """What goes on past a strict deadline is left, and nobody pressed anything."""
    monkeypatch.setattr(interrupt, "GRACE", 0.01)
    with cooperative(limits.in_seconds(0.05), strict=True) as search:
        time.sleep(60)
    assert not search.interrupted
    with cooperative(limits.in_seconds(0.05), strict=True) as search:
        pass
    time.sleep(0.1)  # nothing comes after the end


def test_inner_searches_are_part_of_the_outer(monkeypatch):
    """The request lasts until the outermost ends; each hears of it."""
    with cooperative() as outer:
        with cooperative() as inner:
            press()
        assert inner.interrupted
        assert stopped()
    assert outer.interrupted
    assert not stopped()


def test_nothing_is_raised_inside_a_kernel():
    """Pressed many times while results are boxed: the exception comes between two calls."""
    spin(10, np.zeros(1, np.int64))
    for _ in range(20):
        timer = later(0.01)
        calls = 0
        with pytest.raises(KeyboardInterrupt):
            while True:
                array, pair = spin(2_000, np.zeros(1, np.int64))
                assert array[0] == pair[0]
                calls += 1
        timer.join()
        assert calls
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_held_block_ends_first():
    """The exception waits for the end of the block."""
    done = []
    with pytest.raises(KeyboardInterrupt), held():
        press()
        done.append(1)
    assert done == [1]
    assert not stopped()


def test_other_threads_are_not_held_up():
    """Kernels run there as ever, and searches there hear of a press in the main thread."""
    heard = []

    def search():
        with cooperative():
            while not limits.expired(None):
                spin(1_000, np.zeros(1, np.int64))
            heard.append(1)

    with cooperative():
        thread = threading.Thread(target=search)
        thread.start()
        press()
        thread.join(20)
    assert heard == [1]


def test_a_foreign_solver_is_told_to_stop():
    """It runs beside, so that the flag is seen; what it returns or raises comes here."""
    told = threading.Event()
    with cooperative() as search:
        timer = later(0.05)
        assert beside([lambda: told.wait(60)], told.set) == [True]
        timer.join()
    assert search.interrupted
    assert beside([lambda: 1, lambda: 2], told.set) == [1, 2]
    with pytest.raises(ValueError, match="wrong"):
        beside([lambda: 1, lambda: (_ for _ in ()).throw(ValueError("wrong"))[0]], told.set)


def test_a_solver_that_does_not_stop_is_left(monkeypatch):
    """Its thread goes on; the search ends."""
    monkeypatch.setattr(interrupt, "PATIENCE", 0.05)
    never = threading.Event()
    began = time.monotonic()
    with cooperative() as search:
        timer = later(0.05)
        beside([lambda: never.wait(30)], lambda: None)
        timer.join()
    assert search.interrupted
    assert time.monotonic() - began < 20
    never.set()


def test_an_import_is_not_broken(tmp_path, monkeypatch):
    """The exception waits for its end."""
    (tmp_path / "slow_to_import.py").write_text(
        "import os, signal, time\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "time.sleep(0.2)\n"
        "done = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with cooperative() as search:
        import slow_to_import  # noqa: F401

        time.sleep(60)
    assert search.interrupted
    assert sys.modules.pop("slow_to_import").done


def test_many_that_end_a_search_are_not_taken_for_ctrl_c():
    """Each compilation past a deadline asks to leave: once left, nothing is raised or asked for."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # so that threads meet between any two steps
    try:
        for _ in range(20):
            deadline = time.monotonic() + 0.01
            with cooperative(deadline) as search:
                for _ in range(20):
                    interrupt.hurry(deadline)
                while time.monotonic() < deadline + 5:
                    pass
            assert time.monotonic() < deadline + 5
            assert not search.interrupted
            assert not stopped()
        interrupt._wake()  # one that comes too late
        time.sleep(0.01)
    finally:
        sys.setswitchinterval(before)
