"""Default arguments of the studies; it imports nothing, so that the command line can show them."""

DEFAULT_POLICIES = ("fcfs", "lpm", "k-lpm:2", "k-lpm:4")
"""What is compared where nobody names policies: no reuse, all reuse, and between."""
COMPARE_SECONDS = 60
"""Time limit of one comparison; the optimum of 50 queries at load 1.2 takes under a second."""
CEILINGS = 8
"""How many ceilings a trade-off is drawn for where nobody says."""
