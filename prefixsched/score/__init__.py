"""What really ran, against what was possible."""
