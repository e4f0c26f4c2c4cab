"""Compiled inner loops. Callers elsewhere in the package wrap them in plain functions."""
