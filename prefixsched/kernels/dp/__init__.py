"""Compiled loops of :mod:`prefixsched.exact.dp`."""
