"""Good orders without proof of optimality, and a polynomial algorithm with a proven guarantee."""
