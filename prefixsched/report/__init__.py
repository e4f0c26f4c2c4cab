"""The page of a benchmark: one file that needs no network."""
