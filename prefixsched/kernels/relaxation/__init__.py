"""Compiled loops of :mod:`prefixsched.exact.relaxation`."""
