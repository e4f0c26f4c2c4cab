"""Studies: what the command line reports of policies, logs and caches."""
