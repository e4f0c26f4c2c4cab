"""Tests of compiling before processes begin."""

from bench_suites import GATE, TINY

from prefixsched.bench.compilation import compile_kernels
from prefixsched.bench.suite import read_suite
from prefixsched.bench.work import run_task


def test_tasks_need_nothing_else_compiled(tmp_path, monkeypatch):
    """All that a family's first stream calls, and with those types, was called before.

    Another stream may need a kernel besides, as some are for rare cases.
    """
    (tmp_path / "tiny.toml").write_text(TINY)
    suite = read_suite(str(tmp_path / "tiny.toml"))
    called = set()

    def listen(dispatcher, args):
        types = tuple(dispatcher.typeof_pyval(value) for value in args)
        called.add((dispatcher.py_func.__qualname__, types))
        return dispatcher(*args)

    monkeypatch.setattr("prefixsched.kernels.jit.call_held", listen)
    compile_kernels(suite.tasks)
    before = set(called)
    run_task(suite.tasks[0])
    assert len(before) > 5
    assert called == before


def test_a_class_of_ones_own_is_not_run(tmp_path, monkeypatch):
    """It may kill the process that it is in, and instances that can't be made are passed over."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "gates.py").write_text(GATE)
    families = '[[family]]\nfiles = ["nowhere.json"]\n'
    (tmp_path / "s.toml").write_text(TINY.replace('"lpm"', '"gates:Crash"') + families)
    compile_kernels(read_suite("s.toml").tasks)
    assert not (tmp_path / "crashed").exists()
