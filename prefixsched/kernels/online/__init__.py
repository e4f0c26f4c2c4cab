"""Compiled loops of :mod:`prefixsched.online`."""
