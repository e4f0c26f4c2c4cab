"""Compiled loops of :mod:`prefixsched.model`."""
