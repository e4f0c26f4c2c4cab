"""Hard instances: reductions to TTFT feasibility, kept apart from the solver that meets them."""
