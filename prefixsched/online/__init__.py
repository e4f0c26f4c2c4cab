"""Online simulation: a server, its caches, and policies that pick query by query."""
