"""Online policies and what they may see."""
