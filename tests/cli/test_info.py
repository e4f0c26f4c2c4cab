"""Tests of ``prefixsched info``."""

import json

from examples import TWO_USERS


def test_figures_for_people(run, two_users):
    """Every figure has its unit."""
    result = run("info", two_users)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "two-users\n"
        "  queries                3\n"
        "  with own TTFT          1\n"
        "  span of arrivals   5,000 us\n"
        "  prompt tokens     18,000 tokens\n"
        "  longest prompt     6,000 tokens\n"
        "  trie                   5 nodes, 2 deep\n"
        "  reuse available    4,000 tokens, 22.2%\n"
        "  work with reuse   14,000 us\n"
        "  load with reuse    1.867\n"
        "  lower bound        9,500 us of largest TTFT\n"
        "  cost              linear, 1 us a token\n"
        "  cache             last\n"
    )


def test_json(run, two_users):
    """The same figures, by name."""
    answer = json.loads(run("info", two_users, "--json").stdout)
    assert answer == {
        "instance": "two-users",
        "time_unit": "us",
        "cost": {"model": "linear", "token": 1, "attention": 0},
        "cache": "last",
        "n": 3,
        "own_ttft": 1,
        "first_arrival": 0,
        "last_arrival": 5000,
        "prompt_tokens": 18000,
        "longest_prompt": 6000,
        "trie_nodes": 5,
        "trie_depth": 2,
        "reuse_tokens": 4000,
        "work": 14000,
        "lower_bound": 9500,
        "span": 5000,
        "reuse_share": 4000 / 18000,
        "load": (14000 / 3) / (5000 / 2),
    }


def test_other_costs(run, changed):
    """Each model is named, and its coefficients are the file's own decimals."""

    def model(**cost):
        return changed(TWO_USERS, lambda content: content.update(cost=cost))

    causal = run("info", model(model="causal", token=0.5, attention=0.00025)).stdout
    assert "causal, 0.5 us a token, 0.00025 us a squared token" in causal
    rectangular = model(model="rectangular", token=1, attention=2)
    assert "rectangular, 1 us a token, 2 us a squared token" in run("info", rectangular).stdout
    answer = json.loads(run("info", rectangular, "--json").stdout)
    assert (answer["cost"]["model"], answer["work"], answer["load"]) == ("rectangular", None, None)
    table = model(model="table", start=[1, 1, 1], matrix=[[1] * 3] * 3, setup="anticipatory")
    assert "table, set-up anticipatory" in run("info", table).stdout
