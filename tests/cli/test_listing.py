"""Tests of ``prefixsched policies`` and ``prefixsched backends``."""

import json

from prefixsched.model.errors import InputError
from prefixsched.plugins import registry


def test_policies(run):
    """Each is listed with its parameters and a line."""
    text = run("policies").stdout
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert any(line.startswith("k-lpm k=4, oldest=first k-LPM: every k-th pick") for line in lines)
    assert "fcfs" in text


def test_policies_as_json(run):
    """One object, and where each comes from."""
    listed = json.loads(run("policies", "--json").stdout)["policies"]
    assert [entry["name"] for entry in listed] == sorted(registry.available("policies"))
    assert {"name": "fcfs", "summary": "First come, first served.", "parameters": {},
            "package": "prefixsched"} in listed  # fmt: skip


def test_backends(run):
    """The registered ones, and what auto does."""
    text = run("backends").stdout
    assert "brute" in text
    assert "auto, the default: policies give an upper bound" in text
    listed = json.loads(run("backends", "--json").stdout)["backends"]
    assert {entry["name"] for entry in listed} == set(registry.available("backends"))


def test_what_cannot_be_loaded_is_listed_with_the_reason(run, monkeypatch):
    """A plug-in whose package is missing breaks nothing."""

    def broken(kind, name):
        raise InputError(f"{kind}: {name!r} needs the package 'nowhere', which isn't installed")

    monkeypatch.setattr(registry, "load", broken)
    assert "needs the package 'nowhere'" in run("policies").stdout
