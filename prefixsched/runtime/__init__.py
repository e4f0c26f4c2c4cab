"""Interrupts, time limits and threads."""
