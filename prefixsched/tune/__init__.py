"""Which policy, with which parameters, for a trace."""
