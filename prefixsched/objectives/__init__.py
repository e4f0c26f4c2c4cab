"""Objectives other than the largest TTFT: percentiles, goodput, the mean."""
