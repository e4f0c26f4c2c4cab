"""The verifier: what an order of queries does, and what it is worth."""
