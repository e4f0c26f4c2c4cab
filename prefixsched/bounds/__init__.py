"""Lower bounds, each with its proof."""
