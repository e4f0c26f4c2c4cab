"""A search for the streams on which a policy is worst."""
