"""Exact backends and the problem they see."""
