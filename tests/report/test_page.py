"""Tests of the page of a benchmark, in a headless browser where there is one."""

import csv
import html
import io
import json
import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from bench_suites import BACKENDS, TINY

from prefixsched.bench.run import prepare, run_suite
from prefixsched.bench.store import Store
from prefixsched.bench.suite import parse_suite
from prefixsched.bench.summary import ratios
from prefixsched.model.errors import InputError
from prefixsched.report.page import render

TWO_FAMILIES = f"""{TINY}
[[family]]
name = "</script>&agents, <a href='https://x.test'>link</a>"
generator = "agents"
systems = 1
example-sets = 2
contexts = 1
per-context = 2
"""
HOSTILE = "</script>&agents, <a href='https://x.test'>link</a>"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--window-size=1200,2200",
    "--virtual-time-budget=8000", "--dump-dom",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The results of a suite of two families, one with a name that would break careless HTML."""
    suite = parse_suite(TWO_FAMILIES, "two.toml", Path(), {})
    store = prepare(suite, tmp_path_factory.mktemp("bench") / "out", resume=False)
    run_suite(suite, store)
    return store.folder


@pytest.fixture(scope="module")
def page(folder):
    """Its page."""
    return render(folder)


class Tables(HTMLParser):
    """The rows of a page's tables, and the texts of its other elements by id."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.heads, self.bars, self._cell = [], {}, 0, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append("")
            self._cell = True
        elif tag == "th":
            self.heads[attrs["data-key"]] = attrs.get("aria-sort")
        elif tag == "g" and attrs.get("class") == "point":
            self.bars += 1

    def handle_endtag(self, tag):
        if tag == "td":
            self._cell = None

    def handle_data(self, data):
        if self._cell:
            self.rows[-1][-1] += data


@pytest.fixture
def browse(tmp_path):
    """A function that opens a page in Chromium without a network, and gives what it shows."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("chromium isn't installed")

    def open_page(text, fragment="", *flags):
        (tmp_path / "page.html").write_text(text)
        url = f"{(tmp_path / 'page.html').as_uri()}{fragment}"
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        done = subprocess.run(
            [browser, *FLAGS, *flags, profile, url], capture_output=True, text=True, timeout=120
        )
        assert "Uncaught" not in done.stderr, done.stderr
        assert "Content Security Policy" not in done.stderr, done.stderr
        return Tables(re.sub(r"<script.*?</script>", "", done.stdout, flags=re.DOTALL)), done.stdout

    return open_page


def test_the_page_is_one_file(page):
    """Nothing is fetched: no sources, no style sheets, no imports."""
    shell = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"<(link|img|iframe)\b|\bsrc=|@import|url\(", shell)
    assert page.count("<script") - page.count("<script>") == 1  # the data


def test_backends_stand_side_by_side(page, tmp_path):
    """A table of them where there are several, and one best schedule for each stream."""
    suite = parse_suite(BACKENDS, "two.toml", tmp_path, {})
    store = prepare(suite, tmp_path / "out", resume=False)
    run_suite(suite, store)
    text = render(store.folder)
    shell = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    table = re.search(r'<table id="backends">.*?</table>', shell, re.DOTALL)[0]
    cells = re.findall(r"<td>(.*?)</td>", table)
    assert [cells[0::5], cells[1::5]] == [["cpsat:plain=1", "dp"], ["4", "4"]]
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    drawn = json.loads(data[1])["charts"]
    assert [set(chart["schedules"]) for chart in drawn] == [{"fcfs", "lpm", "optimum"}] * 4
    assert 'id="backends"' not in page


def test_data_survives_awkward_names(page, folder):
    """A name with a closing tag neither ends the data nor the labels."""
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    rows = json.loads(data[1])["rows"]
    assert len(rows) == len([r for r in Store.open(folder).rows() if r.policy != "optimum"])
    assert {row["family"] for row in rows} == {"rasq", HOSTILE}
    assert "&lt;/script&gt;&amp;agents" in page
    assert "<a " not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_the_page_may_run_its_own_scripts_alone(page):
    """The policy names each by its hash, and lets nothing be fetched."""
    policy = re.search(r'http-equiv="Content-Security-Policy" content="(.*?)"', page)[1]
    rules = dict(rule.split(" ", 1) for rule in html.unescape(policy).split("; "))
    assert rules["default-src"] == "'none'"
    own = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(own) == 2
    hashes = [b64encode(sha256(script.encode()).digest()).decode() for script in own]
    assert sorted(rules["script-src"].split()) == sorted(f"'sha256-{each}'" for each in hashes)


def test_what_is_not_there_is_told(folder, tmp_path):
    """No folder, or no rows: one line each."""
    with pytest.raises(InputError, match="holds no results"):
        render(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "results.jsonl").write_bytes(b"")
    with pytest.raises(InputError, match="has no rows yet; run the bench with --resume first"):
        render(copy)


@pytest.mark.slow
def test_the_table_in_a_browser(page, folder, browse):
    """Median and worst of every policy are those of Python, the least median first."""
    shown, text = browse(page)
    expected = ratios(Store.open(folder).rows())
    assert [row[:3] for row in shown.rows if row] == [
        [each.policy, str(each.streams), str(each.exact)] for each in expected
    ]
    for row, each in zip([row for row in shown.rows if row], expected, strict=True):
        for cell, low, high in (
            (row[3], each.median_low, each.median_high), (row[4], each.worst_low, each.worst_high),
        ):  # fmt: skip
            ends = [float(end) for end in cell.split("–")]
            assert ends[0] == pytest.approx(float(low), abs=0.011)
            assert ends[-1] == pytest.approx(float(high), abs=0.011)
    assert shown.heads["median_high"] == "ascending"
    assert shown.bars >= 4
    assert "proven: no schedule is below" in text


@pytest.mark.slow
def test_sorting_and_filters_in_a_browser(page, folder, browse):
    """Clicks on a head and on boxes change the table; the address alone does so too."""
    clicks = """
    document.querySelector('th[data-key="policy"] button').click();
    document.querySelector('th[data-key="policy"] button').click();
    document.querySelector('#families input[value="rasq"]').click();
    """
    shown, _ = browse(script(page, clicks))
    rows = [r for r in Store.open(folder).rows() if r.family != "rasq"]
    streams = {each.policy: str(each.streams) for each in ratios(rows)}
    assert [row[:2] for row in shown.rows if row] == [
        [policy, streams[policy]] for policy in sorted(streams, reverse=True)
    ]
    assert shown.heads["policy"] == "descending"
    linked, _ = browse(page, "#policies=fcfs&families=rasq&sort=streams&order=-1")
    assert [row[0] for row in linked.rows if row] == ["fcfs"]
    assert linked.heads["streams"] == "descending"
    families = f"families=rasq&families={quote(HOSTILE)}"
    shown, _ = browse(page, f"#policies=fcfs&policies=lpm&{families}")  # a name with a comma in it
    assert sorted(row[0] for row in shown.rows if row) == ["fcfs", "lpm"]
    assert {row[1] for row in shown.rows if row} == {"6"}


@pytest.mark.slow
def test_a_name_is_text_in_a_browser(folder, browse, tmp_path):
    """A policy, a family or a query that is called like a link is none, in any chart."""
    name = "<a href='https://x.test'>fcfs</a><img src='x'>"
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    rows = (copy / "results.jsonl").read_text()
    (copy / "results.jsonl").write_text(rows.replace('"policy":"fcfs"', f'"policy":"{name}"'))
    _, text = browse(render(copy))
    shell = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert "x.test" in shell  # it is there to be seen
    assert not re.search(r"<a [^>]*x\.test|<img", shell)
    assert shell.count("&lt;a href=") >= 3  # the table, a chart's axis, and the filter


@pytest.mark.slow
def test_a_script_in_the_page_does_not_run(page, browse):
    """Should a name get past all else, the policy still keeps it from running."""
    with pytest.raises(AssertionError, match="Content Security Policy"):
        browse(page.replace("</body>", "<script>document.title = 'run'</script></body>"))


def lenient(text):
    """The page without its policy, so that a test can change its scripts."""
    return re.sub(r"<meta http-equiv=\"Content-Security-Policy\".*?>", "", text)


def script(text, code):
    """The page with a script of the test's at its end, which may call the page's functions.

    Its own policy forbids that, and is taken out.
    """
    return lenient(text).replace("</body>", f"<script>{code}</script></body>")


def said(dom):
    """What a script of the test's wrote into the page's title."""
    return json.loads(html.unescape(re.search(r"<title>(.*?)</title>", dom, re.DOTALL)[1]))


@pytest.mark.slow
def test_a_phone_shows_all_of_it(page, browse):
    """At 390 pixels nothing is wider than the screen, and no axis title is cut, charts included."""
    measure = """
    const frame = document.createElement("iframe");
    frame.style.cssText = "width:390px;height:844px;border:0";
    frame.srcdoc = JSON.parse(document.getElementById("inner").textContent);
    frame.onload = () => setTimeout(() => {
      const inner = frame.contentDocument;
      const kinds = "h1, p, fieldset, label, select, button, .chart, svg text";
      const outside = [...inner.querySelectorAll(kinds)]
        .filter((e) => !e.closest(".scroll") && e.getClientRects().length)
        .map((e) => [e.getBoundingClientRect(), e.textContent.slice(0, 40)])
        .filter(([box]) => box.right > 390.5 || box.left < -0.5);
      const titles = [...inner.querySelectorAll(".xtitle, .ytitle")].map((e) => e.textContent);
      const charts = [...inner.querySelectorAll(".chart")].map((chart) => {
        const box = chart.getBoundingClientRect();
        return [...chart.querySelectorAll("svg text")].every((e) => {
          const own = e.getBoundingClientRect();
          return own.top >= box.top - 0.5 && own.bottom <= box.bottom + 0.5;
        });
      });
      const width = inner.documentElement.scrollWidth;
      document.title = JSON.stringify({ width, outside, titles, charts });
      frame.remove();
    }, 1500);
    document.body.append(frame);
    """
    # A document without an address of its own can't keep its state in one.
    inner = json.dumps(lenient(page).replace("history.replaceState(", "void (")).replace(
        "<", "\\u003c"
    )
    outer = (
        "<!DOCTYPE html><title>null</title><body style='margin:0'>"
        f"<script type='application/json' id='inner'>{inner}</script></body>"
    )
    shown = said(browse(script(outer, measure))[1])
    assert shown["width"] <= 390
    assert shown["outside"] == []
    assert len(shown["titles"]) == 3
    assert all(shown["titles"])
    assert shown["charts"] == [True, True, True]


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "lightness"), [("1", "light"), ("0", "dark")])
def test_light_and_dark(scheme, lightness, page, browse):
    """The page and its charts follow the reader's preference, with text that stands out."""
    measure = """
    const grey = (text) => {
      const [red, green, blue] = text.match(/[0-9]+/g).map(Number);
      return (red + green + blue) / 3;
    };
    const all = (selector) => [...document.querySelectorAll(selector)];
    const page = getComputedStyle(document.documentElement);
    document.title = JSON.stringify({
      paper: grey(page.backgroundColor), ink: grey(page.color),
      charts: all(".chart .main-svg:first-child").map((e) => grey(e.style.background)),
      texts: all(".xtitle").map((e) => grey(e.style.fill)),
    });
    """
    shown = said(
        browse(script(page, measure), "", f"--blink-settings=preferredColorScheme={scheme}")[1]
    )
    sign = 1 if lightness == "light" else -1
    assert len(shown["charts"]) == 3
    for paper in (shown["paper"], *shown["charts"]):
        for ink in (shown["ink"], *shown["texts"]):
            assert sign * (paper - ink) > 150


@pytest.mark.slow
def test_all_none_and_a_download(page, browse):
    """Switches set every box; the table is downloaded without anything that runs as a formula."""
    clicks = """
    const press = (selector) => document.querySelector(selector).click();
    const rows = () => document.querySelectorAll("#ratios tbody tr").length;
    const found = { all: rows() };
    press('#policies .switch button[value="none"]');
    found.none = rows();
    press('#policies .switch button[value="all"]');
    found.again = rows();
    const kept = [];
    URL.createObjectURL = (blob) => { kept.push(blob); return "#"; };
    HTMLAnchorElement.prototype.click = function () { found.name = this.download; };
    press("#download");
    kept[0].text().then((text) => { found.csv = text; document.title = JSON.stringify(found); });
    """
    odd = page.replace('"policy":"lpm"', '"policy":"=HYPERLINK(\\"x\\",1)"').replace(
        'value="lpm"', 'value="=HYPERLINK(&quot;x&quot;,1)"'
    )
    found = said(browse(script(odd, clicks))[1])
    assert (found["all"], found["none"], found["again"]) == (2, 0, 2)
    assert found["name"] == "ratios.csv"
    heads, *lines = csv.reader(io.StringIO(found["csv"], newline=""))
    assert heads[:3] == ["policy", "streams", "exact"]
    assert sorted(line[0] for line in lines) == ['\'=HYPERLINK("x",1)', "fcfs"]
    assert all(float(cell) >= 0 for line in lines for cell in line[1:])


@pytest.mark.slow
def test_no_cell_is_a_formula(page, browse):
    """Whatever a spreadsheet takes for the beginning of one; numbers stay numbers."""
    cells = [
        "=1",
        "+1",
        "-1",
        "@a",
        " =1",
        "\t=1",
        "\r=1",
        "＝1",
        "a,b",
        'a"b',
        "a\nb",
        "k-lpm:4",
        1.5,
    ]
    code = f"document.title = JSON.stringify({json.dumps(cells)}.map(csvCell));"
    assert said(browse(script(page, code))[1]) == [
        "'=1", "'+1", "'-1", "'@a", "' =1", "'\t=1", '"\'\r=1"', "'＝1",
        '"a,b"', '"a""b"', '"a\nb"', "k-lpm:4", "1.5",
    ]  # fmt: skip


@pytest.mark.slow
def test_seventeen_policies_look_different(page, browse):
    """Each line of the percentiles has its own colour and dashes, and keeps them."""
    names = [f"policy-{k}" for k in range(17)]
    data = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1]
    given = json.loads(data)
    given["rows"] = [{**row, "policy": name} for row in given["rows"][:3] for name in names]
    boxes = "".join(f'<input type="checkbox" value="{name}" checked>' for name in names)
    many = page.replace(data, json.dumps(given).replace("<", "\\u003c"))
    many = re.sub(
        r'(<fieldset id="policies">.*?)(</fieldset>)', rf"\1{boxes}\2", many, flags=re.DOTALL
    )
    looks = """
    const looks = () => Object.fromEntries(document.getElementById("percentiles").data.map(
      (trace) => [trace.name, trace.line.color + trace.line.dash + trace.marker.symbol]));
    const all = looks();
    document.querySelector('#policies input[value="policy-0"]').click();
    document.title = JSON.stringify([all, looks()]);
    """
    every, fewer = said(browse(script(many, looks))[1])
    assert len(set(every.values())) == len(every) == 17
    assert fewer == {name: look for name, look in every.items() if name != "policy-0"}
