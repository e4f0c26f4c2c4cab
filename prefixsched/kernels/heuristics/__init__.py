"""Compiled loops of :mod:`prefixsched.heuristics`."""
