"""Offline optimisation: the best schedule for an objective, and a proven bound."""
