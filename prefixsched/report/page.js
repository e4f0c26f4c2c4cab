"use strict";
// The page's state is its address after the #, so that a view can be kept and sent.
const DATA = JSON.parse(document.getElementById("data").textContent);
const PERCENTILES = ["p50", "p90", "p95", "p99", "max"];
const UNITS = ["ns", "us", "ms", "s"];
// As figures have them: five dashes and seven marks under six colours, so that lines differ.
const DASHES = ["solid", "dash", "dashdot", "dot", "longdashdot"];
const SYMBOLS = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "x"];
const DARK = matchMedia("(prefers-color-scheme: dark)");
const NARROW = matchMedia("(max-width: 40rem)");

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const palette = (k) => (DARK.matches ? DATA.dark : DATA.colours)[k % DATA.colours.length];

function react(id, traces, { xaxis, yaxis, ...layout }) {
  const axis = { automargin: true, gridcolor: colour("grid"), linecolor: colour("rule"), zerolinecolor: colour("rule") };
  Plotly.react(id, traces, {
    margin: { t: 20, r: NARROW.matches ? 8 : 20, l: 10, b: 10 }, hovermode: "closest",
    font: { family: "system-ui, sans-serif", color: colour("ink"), size: NARROW.matches ? 11 : 12 },
    paper_bgcolor: colour("paper"), plot_bgcolor: colour("paper"),
    xaxis: { ...axis, ...xaxis }, yaxis: { ...axis, ...yaxis }, ...layout,
  }, {
    responsive: true, displaylogo: false, displayModeBar: NARROW.matches ? false : "hover",
    modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
  });
}

// Plotly reads tags and links in its labels; a name from a file is text.
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const plain = (name) => String(name).replace(/[&<>"']/g, (mark) => ENTITIES[mark]);

const state = { sort: "median_high", order: 1, families: null, policies: null, stream: DATA.charts.length - 1, schedule: "optimum" };

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const key of ["families", "policies"]) {
    if (given.has(key)) state[key] = new Set(given.getAll(key).filter(Boolean));
  }
  if (given.has("sort")) state.sort = given.get("sort");
  if (given.has("order")) state.order = given.get("order") === "-1" ? -1 : 1;
  if (given.has("stream")) state.stream = Number(given.get("stream"));
  if (given.has("schedule")) state.schedule = given.get("schedule");
  for (const key of ["families", "policies"]) {
    const boxes = [...document.querySelectorAll(`#${key} input`)];
    state[key] = state[key] || new Set(boxes.map((box) => box.value));
    boxes.forEach((box) => { box.checked = state[key].has(box.value); });
  }
}

function writeAddress() {
  const kept = new URLSearchParams();
  for (const key of ["families", "policies"]) {
    const all = document.querySelectorAll(`#${key} input`).length;
    if (state[key].size === 0) kept.set(key, "");
    else if (state[key].size < all) for (const name of state[key]) kept.append(key, name);
  }
  for (const key of ["sort", "order", "stream", "schedule"]) kept.set(key, state[key]);
  history.replaceState(null, "", "#" + kept);
}

const shown = () =>
  DATA.rows.filter((row) => state.families.has(row.family) && state.policies.has(row.policy));

// The nearest-rank median, as everywhere in prefixsched.
const median = (values) => [...values].sort((a, b) => a - b)[Math.ceil(values.length / 2) - 1];

function byPolicy(rows) {
  const groups = new Map();
  for (const row of rows) {
    if (!groups.has(row.policy)) groups.set(row.policy, []);
    groups.get(row.policy).push(row);
  }
  return groups;
}

function summary() {
  const made = [];
  for (const [policy, all] of byPolicy(shown())) {
    const rows = all.filter((row) => row.lower > 0);
    if (!rows.length) continue;
    const low = rows.map((row) => row.max / row.upper);
    const high = rows.map((row) => row.max / row.lower);
    made.push({
      policy, streams: rows.length,
      exact: rows.filter((row) => row.lower === row.upper).length,
      median_low: median(low), median_high: median(high),
      worst_low: Math.max(...low), worst_high: Math.max(...high),
      reuse: rows.reduce((sum, row) => sum + row.reuse, 0) / rows.length,
    });
  }
  const compare = (a, b, key) =>
    typeof a[key] === "string" ? (a[key] < b[key] ? -1 : Number(a[key] > b[key])) : a[key] - b[key];
  return made.sort((a, b) => state.order * compare(a, b, state.sort) ||
    compare(a, b, "median_high") || compare(a, b, "worst_high") || compare(a, b, "policy"));
}

function interval(low, high) {
  return low === high ? low.toFixed(3)
    : `${(Math.floor(low * 100) / 100).toFixed(2)}–${(Math.ceil(high * 100) / 100).toFixed(2)}`;
}

function drawTable(found) {
  for (const head of document.querySelectorAll("#ratios th")) {
    const sorted = head.dataset.key === state.sort;
    head.setAttribute("aria-sort", sorted ? (state.order > 0 ? "ascending" : "descending") : "none");
  }
  const body = document.querySelector("#ratios tbody");
  body.replaceChildren(...found.map((each) => {
    const line = document.createElement("tr");
    const cells = [
      each.policy, each.streams, each.exact, interval(each.median_low, each.median_high),
      interval(each.worst_low, each.worst_high), `${(100 * each.reuse).toFixed(1)}%`,
    ];
    line.replaceChildren(...cells.map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      return cell;
    }));
    return line;
  }));
}

// A text that a spreadsheet would read as a formula gets an apostrophe, which makes it a text.
function csvCell(value) {
  if (typeof value === "number") return String(value);
  const text = /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function download(name, lines) {
  const text = lines.map((line) => line.map(csvCell).join(",") + "\r\n").join("");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function drawDistribution(found) {
  const groups = byPolicy(shown().filter((row) => row.lower > 0));
  const traces = found.map((each) => {
    const rows = groups.get(each.policy);
    return {
      type: "box", orientation: "h", name: plain(each.policy), boxpoints: "all", jitter: 0.6, pointpos: 0,
      x: rows.map((row) => row.max / row.lower), y: rows.map(() => plain(each.policy)),
      text: rows.map((row) => plain(`${row.family}: ${row.stream}`)),
      marker: { size: 4, opacity: 0.6, color: palette(0) }, line: { color: colour("ink"), width: 1 },
      fillcolor: "rgba(0,0,0,0)", hovertemplate: "%{x:.3f}<br>%{text}<extra>%{y}</extra>",
    };
  });
  const widest = Math.max(1, ...found.map((each) => each.worst_high));
  const scale = widest > 4 ? { type: "log", dtick: "D2" } : { type: "linear" };
  react("distribution", traces, {
    showlegend: false, height: 110 + 28 * Math.max(found.length, 5),
    xaxis: { title: { text: NARROW.matches ? "certified ratio" : "largest TTFT / proven lower bound (certified ratio)" }, ...scale },
    yaxis: { autorange: "reversed", categoryorder: "array", categoryarray: found.map((e) => plain(e.policy)) },
  });
}

function drawPercentiles(found) {
  const groups = byPolicy(shown().filter((row) => row.upper > 0));
  const names = [...document.querySelectorAll("#policies input")].map((box) => box.value);
  const traces = found.filter((each) => groups.has(each.policy)).map((each, place) => {
    const k = names.indexOf(each.policy); // a policy keeps its looks, whoever else is shown
    return {
      type: "scatter", mode: "lines+markers", name: plain(each.policy),
      // Later lines are narrower, so that those that lie below them can be seen.
      line: { color: palette(k), dash: DASHES[k % DASHES.length], width: 3.5 - (2 * place) / found.length },
      marker: { color: palette(k), symbol: SYMBOLS[k % SYMBOLS.length], size: 7 },
      x: PERCENTILES.map((p) => p.replace("p", "P")),
      y: PERCENTILES.map((p) => median(groups.get(each.policy).map((row) => row[p] / row.upper))),
    };
  });
  const below = NARROW.matches ? Math.ceil(traces.length / 2) : 0; // rows of the legend
  react("percentiles", traces, {
    height: NARROW.matches ? 340 + 20 * below : Math.max(420, 80 + 20 * traces.length),
    legend: NARROW.matches
      ? { orientation: "h", y: -0.12, yanchor: "top", entrywidth: 0.5, entrywidthmode: "fraction" }
      : { traceorder: "normal" },
    yaxis: {
      title: { text: NARROW.matches ? "TTFT / best schedule's largest" : "TTFT / largest TTFT of the best schedule" },
      rangemode: "tozero",
    },
  });
}

function fillSelect(id, names, values, chosen) {
  const select = document.getElementById(id);
  select.replaceChildren(...names.map((name, k) => new Option(name, values[k], false, String(values[k]) === String(chosen))));
}

function coarser(unit, longest) {
  let factor = 1, k = UNITS.indexOf(unit);
  while (k >= 0 && k < UNITS.length - 1 && longest > 20000 * factor) { factor *= 1000; k += 1; }
  return [factor, k < 0 ? unit : UNITS[k]];
}

function drawGantt() {
  const streams = DATA.charts.map((chart, k) => k).filter((k) => state.families.has(DATA.charts[k].family));
  const said = document.getElementById("said");
  if (!streams.length) {
    fillSelect("stream", [], [], null); fillSelect("schedule", [], [], null);
    said.textContent = "No stream of these families is short enough to draw.";
    Plotly.purge("gantt");
    return;
  }
  if (!streams.includes(state.stream)) state.stream = streams[streams.length - 1];
  const chart = DATA.charts[state.stream];
  const names = Object.keys(chart.schedules).filter((name) => name === "optimum" || state.policies.has(name));
  if (!names.includes(state.schedule)) state.schedule = "optimum";
  fillSelect("stream", streams.map((k) => DATA.charts[k].name), streams, state.stream);
  fillSelect("schedule", names, names, state.schedule);
  const plan = chart.schedules[state.schedule];
  const [factor, shown] = coarser(chart.unit, Math.max(...plan.end));
  const unit = plain(shown);
  said.textContent = `Largest TTFT ${(plan.max / factor).toLocaleString("en")} ${shown}; proven: no schedule is below ${(chart.lower / factor).toLocaleString("en")} ${shown}.`;
  const hover = chart.ids.map((id, j) =>
    `${plain(id)}<br>arrival ${chart.arrival[j] / factor} ${unit}<br>prefill ${plan.start[j] / factor} to ${plan.end[j] / factor} ${unit}` +
    `<br>TTFT ${(plan.end[j] - chart.arrival[j]) / factor} ${unit}<br>reused ${plan.reused[j]} of ${chart.length[j]} tokens`);
  const bars = {
    type: "bar", orientation: "h", name: "prefill", y: plan.row, base: plan.start.map((t) => t / factor),
    x: plan.end.map((t, j) => (t - plan.start[j]) / factor), width: 0.7,
    marker: {
      color: plan.colour.map((c) => (c < 0 ? DATA.grey : palette(c))),
      line: { color: colour("paper"), width: 0.5 }, // or prefills that follow at once are one band
      opacity: plan.reused.map((tokens, j) => 1 - 0.55 * (chart.length[j] ? tokens / chart.length[j] : 0)),
    },
    text: hover, textposition: "none", hovertemplate: "%{text}<extra></extra>",
  };
  const arrivals = {
    type: "scatter", mode: "markers", name: "arrival", x: chart.arrival.map((t) => t / factor), y: plan.row,
    marker: { symbol: "line-ns-open", size: 10, color: colour("ink") }, text: hover, hovertemplate: "%{text}<extra></extra>",
  };
  react("gantt", [bars, arrivals], {
    barmode: "overlay", height: 130 + (plan.labels.length > 40 ? 12 : 18) * Math.max(plan.labels.length, 8),
    legend: { orientation: "h", y: 1, yanchor: "bottom" },
    xaxis: { title: { text: NARROW.matches ? `time (${unit}); paler: more reused` : `time (${unit}); paler: more of the prompt was reused` }, rangemode: "tozero" },
    yaxis: {
      tickmode: "array", tickvals: plan.labels.map((_, k) => k), ticktext: plan.labels.map(plain),
      range: [plan.labels.length - 0.4, -0.6], tickfont: { size: plan.labels.length > 40 ? 8 : 11 },
    },
  });
}

function draw() {
  const found = summary();
  drawTable(found);
  drawDistribution(found);
  drawPercentiles(found);
  drawGantt();
  writeAddress();
}

for (const key of ["families", "policies"]) {
  document.getElementById(key).addEventListener("change", (event) => {
    if (event.target.checked) state[key].add(event.target.value);
    else state[key].delete(event.target.value);
    draw();
  });
  for (const button of document.querySelectorAll(`#${key} .switch button`)) {
    button.addEventListener("click", () => {
      for (const box of document.querySelectorAll(`#${key} input`)) {
        box.checked = button.value === "all";
        if (box.checked) state[key].add(box.value);
        else state[key].delete(box.value);
      }
      draw();
    });
  }
}
for (const head of document.querySelectorAll("#ratios th")) {
  head.querySelector("button").addEventListener("click", () => {
    state.order = state.sort === head.dataset.key ? -state.order : 1;
    state.sort = head.dataset.key;
    draw();
  });
}
document.getElementById("stream").addEventListener("change", (event) => {
  state.stream = Number(event.target.value);
  draw();
});
document.getElementById("schedule").addEventListener("change", (event) => {
  state.schedule = event.target.value;
  draw();
});
document.getElementById("download").addEventListener("click", () => {
  const keys = ["policy", "streams", "exact", "median_low", "median_high", "worst_low", "worst_high", "reuse"];
  download("ratios.csv", [keys, ...summary().map((each) => keys.map((key) => each[key]))]);
});
const backends = document.getElementById("download-backends"); // there where a suite has several
if (backends) {
  backends.addEventListener("click", () => {
    const lines = [...document.querySelectorAll("#backends tr")];
    download("backends.csv", lines.map((line) => [...line.cells].map((cell) => cell.textContent)));
  });
}
for (const query of [DARK, NARROW]) query.addEventListener("change", draw);
window.addEventListener("hashchange", () => { readAddress(); draw(); });
readAddress();
draw();
