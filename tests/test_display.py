"""Tests of how objects look in a session: short reprs, tables in notebooks, and records."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import stream

import prefixsched as ps
from prefixsched.calibrate import Measurements, fit_cost
from prefixsched.importers import Trace
from prefixsched.model.display import MOST_LINE, MOST_NAME, MOST_ROWS
from prefixsched.online import simulate_batched
from prefixsched.studies import ServingLog, summarise, sweep_capacities

TWO_USERS = Path(__file__).parents[1] / "instances" / "two-users.json"
PLAIN = stream((0, "aab"), (1, "ccc"), (9, "aad"), (12, "cce"), allowance=np.array([9, -1, 9, 0]))
TAGS = {"div", "p", "table", "thead", "tbody", "tr", "th", "td"}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=1>',
    "&lt;b&gt;",
    "\x1b[2J",
    "\u202eabc",
)
names = st.text(max_size=3 * MOST_NAME) | st.sampled_from(HOSTILE)


class Table(HTMLParser):
    """What a browser makes of it."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.cells, self.said = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        assert not attrs
        self.tags.append(tag)

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment

    def handle_data(self, data):
        self.said.append(data)
        if self.tags[-1] in ("td", "th"):
            self.cells.append(data)


class Named:
    """FCFS under any name."""

    def __init__(self, name):
        self.name = name
        self.views = []

    def pick(self, view):
        self.views.append(view)
        return view.waiting[0]


def objects(name, ids):
    """One of each kind that a session shows, all with what came from a file."""
    instance = replace(PLAIN, name=name, ids=ids)
    policy = Named(name)
    run = ps.simulate(instance, policy)
    result = ps.solve(instance)
    roomy = replace(instance, cache=ps.Cache.UNBOUNDED)
    log = ServingLog(instance, instance.arrival + run.ttft, run.order)
    ones = np.ones(1, dtype=np.int64)
    rows = np.arange(1, 25)
    measured = Measurements(
        name, 100 * rows, 0 * rows, 50.0 * 100 * rows + 0.001 * (100 * rows) ** 2
    )
    return [
        instance,
        instance.prompts,
        instance.trie,
        policy.views[0],
        run,
        simulate_batched(roomy, policy, 2),
        result,
        result.schedule,
        ps.solve(instance, ttft=0),
        ps.compare(instance, [policy, "lpm"]),
        ps.tune(instance, policies=["fcfs", "lpm"]).certified(),
        ps.score(log, ["lpm"]),
        log,
        *sweep_capacities(instance, ["fcfs"], [2]),
        summarise(instance),
        measured,
        fit_cost(measured),
        Trace(name, "mooncake", 16, [name], ones, ones, np.array([0, 1]), 0 * ones, [name]),
    ]


@settings(max_examples=30, deadline=None)
@given(names, st.lists(names, min_size=4, max_size=4, unique=True))
def test_names_from_files_are_text(name, ids):
    """A name is neither markup in a notebook nor a control sequence in a terminal."""
    for shown in objects(name, ids):
        told = repr(shown)
        assert told.isprintable()
        assert told.startswith(f"<{type(shown).__name__} ")
        if hasattr(shown, "_repr_html_"):
            table = Table(shown._repr_html_())
            assert set(table.tags) <= TAGS
            assert all(text.isprintable() for text in table.said)
            assert "".join(table.said).startswith(f"{type(shown).__name__} ")


@settings(max_examples=30, deadline=None)
@given(names, st.lists(names, min_size=4, max_size=4, unique=True))
def test_records_are_flat_and_alike(name, ids):
    """Numbers, words and truths under the same names in each; ids as the file has them."""
    for shown in objects(name, ids):
        if not hasattr(shown, "records"):
            continue
        records = shown.records()
        assert len(records) == len(json.loads(json.dumps(records)))
        kinds = int, float, str, bool, type(None)
        assert all(type(value) in kinds for record in records for value in record.values())
        assert len({tuple(record) for record in records}) <= 1
    assert [record["id"] for record in objects(name, ids)[0].records()] == ids


def test_pandas_takes_records():
    """A data frame has a row for each record and a column for each name."""
    pandas = pytest.importorskip("pandas")
    held = ps.compare(PLAIN, ["fcfs", "lpm"])
    frame = pandas.DataFrame(held.records())
    assert frame["policy"].tolist() == ["fcfs", "lpm"]
    assert frame["max"].tolist() == [run.max for run in held.runs]
    assert pandas.DataFrame(ps.solve(PLAIN).records())["ttft"].max() == ps.solve(PLAIN).ttft


def test_records_agree_with_the_arrays():
    """Rows of a run stand in the order served, and are the verifier's of the same order."""
    run = ps.simulate(PLAIN, "lpm")
    schedule = ps.evaluate(PLAIN, run.order)
    rows = run.records()
    assert [row["id"] for row in rows] == [PLAIN.ids[j] for j in run.order]
    assert [row["ttft"] for row in rows] == [schedule.ttft[j] for j in schedule.order]
    assert [row["completion"] for row in rows] == [row["completion"] for row in schedule.records()]
    assert ps.solve(PLAIN, ttft=0).records() == []


def test_what_is_long_is_cut():
    """Reprs fit two lines, tables a dozen rows, whatever the size; the rest is counted."""
    many = ps.generate("rasq", users=50, per_user=20, name="x" * 10_000)
    for shown in (many, many.prompts, many.trie, ps.simulate(many, "fcfs"), ps.solve(many, ttft=0)):
        assert len(repr(shown)) < MOST_LINE + MOST_NAME
    table = Table(many._repr_html_())
    assert table.tags.count("tr") == MOST_ROWS + 1
    assert table.said[-1] == f"and {many.n - MOST_ROWS} more"
    assert "…" in table.said[0]


def test_a_table_reads_as_people_write_numbers():
    """Thousands are separated, what isn't known is a dash, and truths are words."""
    large = replace(PLAIN, arrival=1000 * PLAIN.arrival)
    assert Table(large._repr_html_()).cells[:8] == [
        "id", "arrival", "prompt tokens", "ttft slo", PLAIN.ids[0], "0", "3", "9",
    ]  # fmt: skip
    assert "12,000" in large._repr_html_()
    assert "–" in large._repr_html_()
    assert "yes" in ps.tune(PLAIN, policies=["fcfs"])._repr_html_()


def test_a_ratio_is_an_interval_that_holds_it():
    """Where the optimum is only bracketed, a table rounds outwards, and records have both ends."""
    exact = ps.compare(PLAIN, ["lpm"])
    open_ = replace(
        exact.result, status=ps.Status.FEASIBLE, lower_bound=exact.result.upper_bound - 1
    )
    bracketed = replace(exact, result=open_, p99=open_)
    low, high = bracketed.ratio(bracketed.runs[0])
    text = Table(bracketed._repr_html_()).cells[-1]
    assert low < high
    assert float(text.partition("–")[0]) <= low < high <= float(text.partition("–")[2])
    (record,) = bracketed.records()
    assert (record["ratio_low"], record["ratio_high"]) == (float(low), float(high))


def test_a_table_cost_is_not_dumped():
    """A matrix of set-up times is named, not shown."""
    n = 50
    table = ps.Table(np.zeros(n, dtype=np.int64), np.zeros((n, n), dtype=np.int64))
    assert len(repr(table)) < MOST_LINE
    assert table.name == "table"
    assert [ps.Potential().name, ps.Potential(1, 1).name] == ["linear", "causal"]


def test_numbers_are_grouped_and_have_their_unit():
    """As everywhere else that they are shown."""
    instance = ps.read(TWO_USERS)
    best = ps.solve(instance)
    assert "TTFT 11,500 us" in repr(best)
    assert "largest TTFT 11,500 us, makespan" in repr(best.schedule)
    mean = ps.solve(instance, objective="mean")
    assert " us (" in repr(mean)
    assert "goodput 3 queries (3 to 3)" in repr(
        ps.solve(instance, objective="goodput", ttft=11_500)
    )
    chosen = ps.tune(ps.generate("rasq", users=3, per_user=3), policies="lpm").recommended
    assert repr(chosen).startswith("<Trial lpm: ")
    assert "Fraction" not in repr(chosen)


@pytest.mark.parametrize("ttft", [3e4, np.float64(3e4)])
def test_a_whole_float_is_told_from_a_fraction(ttft):
    """It is refused for being a float, not for not being whole."""
    instance = ps.read(TWO_USERS)
    with pytest.raises(ps.InputError, match=r"ttft: .*30000\.0\)? is a float; give an int"):
        ps.solve(instance, ttft=ttft)
    with pytest.raises(ps.InputError, match=r"ttft: 0\.5 is not a whole number; give an int"):
        ps.solve(instance, ttft=0.5)
