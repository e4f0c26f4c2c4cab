"""Figures, one to a file."""
