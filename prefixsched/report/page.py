"""Writing the page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from prefixsched.bench.bracket import one_optimum
from prefixsched.bench.row import OPTIMUM, Row
from prefixsched.bench.store import Store
from prefixsched.bench.summary import efforts, ratios
from prefixsched.model.errors import InputError
from prefixsched.plot.style import COLOURS, GREY
from prefixsched.report.charts import charts
from prefixsched.runtime.versions import VERSION

DARK_COLOURS = ("#3E8FCB", "#E69F00", "#1FB88A", "#E08DBE", "#A6DCF7", "#F0E442")
"""The palette on a dark page: its darker colours lighter, and yellow in place of wine."""
PERCENTILES = ("p50", "p90", "p95", "p99", "max")


def render(folder: Path) -> str:
    """The page of a folder of results, as HTML.

    Raises
    ------
    InputError
        If there are no results.
    """
    from jinja2 import Environment, StrictUndefined
    from plotly.offline import get_plotlyjs

    store = Store.open(folder)
    rows = store.rows()
    if not rows:
        raise InputError(f"{folder}: has no rows yet; run the bench with --resume first")
    own = files("prefixsched.report")
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    template = environment.from_string((own / "page.html").read_text("utf-8"))
    scripts = {
        "script": (own / "page.js").read_text("utf-8"),
        "plotly": get_plotlyjs().replace("\r\n", "\n"),  # as a browser reads it
    }
    return template.render(
        policy=content_policy(scripts.values()),
        **scripts,
        suite=store.head.suite,
        hash=store.head.hash[:12],
        version=VERSION,
        streams=len({row.stream for row in rows}),
        rows=len(rows),
        ratios=ratios(rows),
        efforts=efforts(rows),
        families=list(dict.fromkeys(row.family for row in rows)),
        policies=[p for p in dict.fromkeys(row.policy for row in rows) if p != OPTIMUM],
        style=(own / "page.css").read_text("utf-8"),
        data=_embedded(
            {
                "rows": [_row(row) for row in rows if row.policy != OPTIMUM],
                "charts": charts(store, one_optimum(rows)),
                "colours": COLOURS,
                "dark": DARK_COLOURS,
                "grey": GREY,
            }
        ),
    )


def content_policy(scripts: Iterable[str]) -> str:
    """What a browser is to let the page do: run these scripts, and reach nothing outside.

    Whatever name of a stranger's got into the page as markup or script would be
    text without effect. Styles are the page's own and plotly's; images are what
    plotly makes to be saved.
    """
    hashes = [b64encode(sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = {
        "default-src": ["'none'"],
        "script-src": [f"'sha256-{each}'" for each in hashes],
        "style-src": ["'unsafe-inline'"],
        "img-src": ["data:", "blob:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    return "; ".join(f"{what} {' '.join(where)}" for what, where in allowed.items())


def _row(row: Row) -> dict[str, Any]:
    """What the page needs of a row."""
    return {
        "family": row.family,
        "policy": row.policy,
        "stream": f"{row.instance} {' '.join(f'{k}={v}' for k, v in row.parameters.items())}",
        "unit": row.time_unit,
        "lower": row.lower_bound,
        "upper": row.upper_bound,
        "reuse": row.reused_tokens / row.tokens if row.tokens else 0,
        **{name: getattr(row, name) for name in PERCENTILES},
    }


def _embedded(value: Any) -> str:
    """JSON that can stand in a script element: nothing in it ends the element."""
    return msgspec.json.encode(value).decode().replace("<", "\\u003c")
