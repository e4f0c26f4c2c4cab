"""Instance generators."""
