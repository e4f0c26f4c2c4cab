"""Compiled loops of :mod:`prefixsched.bounds`."""
