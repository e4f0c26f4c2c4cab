"""Tests of the instance format: what goes in comes out, and what is wrong is named."""

import json
from fractions import Fraction
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from strategies import cached, instances, stream

from prefixsched.io.instance_file import (
    format_instance,
    json_schema,
    number,
    parse_instance,
    read_instance,
    write_instance,
)
from prefixsched.model.cost import Potential, Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import NO_ALLOWANCE, Cache
from prefixsched.verifier.schedule import evaluate

ROOT = Path(__file__).parents[2]

EXAMPLE = {
    "format": "prefixsched-instance/1",
    "name": "two-users",
    "time_unit": "us",
    "cost": {"model": "linear", "token": 1},
    "cache": {"policy": "last"},
    "queries": [
        {"id": "a1", "arrival": 0, "prompt": [["userA", 4000], ["a1", 2000]]},
        {"id": "b1", "arrival": 2500, "prompt": [["userB", 4000], ["b1", 2000]], "ttft": 9000},
        {"id": "a2", "arrival": 5000, "tokens": [17, 4, 17]},
    ],
}


def changed(**fields):
    """The example with some top-level fields replaced, as bytes."""
    return json.dumps(EXAMPLE | fields).encode()


def changed_query(**fields):
    """The example with fields of its second query replaced; None removes one."""
    queries = json.loads(json.dumps(EXAMPLE["queries"]))
    queries[1] = {k: v for k, v in (queries[1] | fields).items() if v is not None}
    return changed(queries=queries)


def test_the_example_of_the_contract_is_read():
    """Every field lands where it belongs."""
    instance = parse_instance(changed())
    assert (instance.name, instance.time_unit, instance.n) == ("two-users", "us", 3)
    assert instance.arrival.tolist() == [0, 2500, 5000]
    assert instance.length.tolist() == [6000, 6000, 3]
    assert instance.allowance.tolist() == [NO_ALLOWANCE, 9000, NO_ALLOWANCE]
    assert (instance.cost, instance.cache) == (Potential(Fraction(1)), Cache.LAST)


@given(instances(max_queries=8, allowances=True) | cached(max_queries=8))
def test_instances_come_back(instance):
    """Writing and reading changes nothing, down to the bytes."""
    raw = format_instance(instance)
    again = parse_instance(raw)
    assert format_instance(again) == raw
    order = list(range(instance.n))
    assert evaluate(again, order) == evaluate(instance, order)
    assert again.allowance.tolist() == instance.allowance.tolist()
    assert again.cache_name == instance.cache_name


def test_tokens_and_meta_and_gzip_come_back(tmp_path):
    """Token lists stay token lists, meta is kept, and .gz is compressed."""
    raw = changed(meta={"made": ["by", 1]})
    instance = parse_instance(raw)
    write_instance(instance, tmp_path / "x.json.gz")
    again = read_instance(tmp_path / "x.json.gz")
    assert again.meta == {"made": ["by", 1]}
    assert b'"tokens":[17,4,17]' in format_instance(again)


def test_coefficients_are_read_as_decimals():
    """0.1 is a tenth, and thirty digits are all kept."""
    long = "0.100000000000000000000000000001"
    raw = changed().replace(b'"token": 1}', f'"token": {long}}}'.encode())
    cost = parse_instance(raw).cost
    assert cost.token == Fraction(long)
    assert long.encode() in format_instance(parse_instance(raw))
    with pytest.raises(InputError, match="no finite decimal"):
        number(Fraction(1, 3))


def test_tables_may_leave_prompts_out():
    """A table cost gives all times; anticipatory set-up is written only where it is on."""
    queries = [{"id": "x", "arrival": 0}, {"id": "y", "arrival": 3}]
    table = {"model": "table", "start": [4, 1], "matrix": [[0, 2], [3, 0]]}
    instance = parse_instance(changed(queries=queries, cost=table))
    assert isinstance(instance.cost, Table)
    assert not instance.cost.anticipatory
    assert b"setup" not in format_instance(instance)
    early = parse_instance(changed(queries=queries, cost=table | {"setup": "anticipatory"}))
    assert early.cost.anticipatory
    assert b'"setup":"anticipatory"' in format_instance(early)


BAD = {
    "not JSON": (b"{", "f.json: not JSON (Input data was truncated); give a JSON file"),
    "not an object": (b"[1]", "f.json: expected object, got array"),
    "not text": (b"\xff\xfe", "f.json: not JSON"),
    "wrong format tag": (
        changed(format="prefixsched-instance/9"),
        "f.json: format: invalid enum value 'prefixsched-instance/9'; this version",
    ),
    "no format tag": (
        json.dumps({"queries": EXAMPLE["queries"]}).encode(),
        "missing required field format",
    ),
    "no queries": (changed(queries=[]), "f.json: queries: expected array of length >= 1"),
    "duplicate id": (changed_query(id="a1"), "f.json: queries: the id 'a1' appears twice"),
    "negative tick": (
        changed_query(arrival=-1),
        "f.json: queries[1].arrival: expected int >= 0; give 0 or more",
    ),
    "fractional tick": (
        changed_query(arrival=2.5),
        "f.json: queries[1].arrival: expected int, got float; give a whole number",
    ),
    "empty prompt": (
        changed_query(prompt=[]),
        "f.json: queries[1].prompt: expected array of length >= 1; give at least one",
    ),
    "empty segment": (
        changed_query(prompt=[["a", 0]]),
        "f.json: queries[1].prompt[0][1]: expected int >= 1; give 1 or more",
    ),
    "no prompt": (
        changed_query(prompt=None),
        "f.json: queries[1]: no prompt; give prompt or tokens",
    ),
    "prompt and tokens": (
        changed_query(tokens=[1]),
        "f.json: queries[1]: both prompt and tokens; give one of them",
    ),
    "unknown cost": (
        changed(cost={"model": "quantum"}),
        "cost.model: invalid value 'quantum'; use linear, causal, rectangular or table",
    ),
    "unknown cache": (
        changed(cache={"policy": "fifo"}),
        "cache.policy: invalid value 'fifo'; use last, unbounded or lru",
    ),
    "no capacity": (
        changed(cache={"policy": "lru"}),
        "f.json: cache: object missing required field capacity; add it",
    ),
    "negative capacity": (
        changed(cache={"policy": "lru", "capacity": -1}),
        "f.json: cache.capacity: expected int >= 0; give 0 or more",
    ),
    "lru under a table": (
        changed(
            cost={"model": "table", "start": [1] * 3, "matrix": [[1] * 3] * 3},
            cache={"policy": "lru", "capacity": 9},
        ),
        "f.json: cache: lru caches tokens, and a table has none; use last",
    ),
    "unknown field": (
        changed_query(tfft=1),
        "f.json: queries[1]: object contains unknown field tfft; remove it or put it under meta",
    ),
    "number past 2^53": (
        changed_query(arrival=2**53 + 1),
        (
            "f.json: queries[1].arrival: expected int <= 9007199254740992; "
            "numbers stop at 2^53: use a coarser tick"
        ),
    ),
    "number past 2^64": (changed_query(arrival=2**70), "numbers stop at 2^53"),
    "sums past 64 bits": (
        changed(cost={"model": "linear", "token": 2**52}),
        "f.json: queries: times could sum past 2^62 ticks; use a coarser tick",
    ),
    "attention under linear": (
        changed(cost={"model": "linear", "attention": 0.5}),
        "f.json: cost.attention: not 0 under the linear model; use causal or rectangular",
    ),
    "negative coefficient": (
        changed(cost={"model": "linear", "token": -0.5}),
        "f.json: cost.token: -0.5 is negative; give 0 or more ticks per token",
    ),
    "ragged matrix": (
        changed(cost={"model": "table", "start": [1, 1, 1], "matrix": [[1, 1, 1], [1]]}),
        "f.json: cost.matrix[1]: 1 entries, but cost.start has 3; give 3",
    ),
    "short matrix": (
        changed(cost={"model": "table", "start": [1, 1, 1], "matrix": [[1, 1, 1]]}),
        "f.json: cost.matrix: shape (1, 3), but cost.start has 3 entries; give n rows of n",
    ),
}


@pytest.mark.parametrize(("raw", "message"), BAD.values(), ids=BAD.keys())
def test_bad_files_are_refused_in_one_line(raw, message):
    """The line names the file, the field and the mend."""
    with pytest.raises(InputError) as caught:
        parse_instance(raw, "f.json")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_schema_in_the_library_is_the_codes():
    """instances/schema.json is generated; regenerate it when the format changes."""
    assert (ROOT / "instances" / "schema.json").read_bytes() == json_schema()


def test_the_schema_names_every_field_of_the_example():
    """The schema is complete JSON and knows the fields that files use."""
    schema = msgspec.json.decode(json_schema())
    assert set(EXAMPLE) <= set(schema["$defs"]["InstanceFile"]["properties"])
    known = set(schema["$defs"]["QueryFile"]["properties"])
    assert all(set(query) <= known for query in EXAMPLE["queries"])


def test_one_query_works():
    """n = 1 is the smallest instance."""
    instance = stream((7, "abc"))
    assert parse_instance(format_instance(instance)).n == 1
    assert np.array_equal(evaluate(instance, [0]).ttft, [3])
