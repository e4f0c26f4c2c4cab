"""Compiled inner loops (numba). Callers elsewhere in the package wrap them in plain functions."""
