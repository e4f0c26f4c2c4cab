"""Prefill costs from measured times, and from arithmetic."""
