"""Online policies, one module each; :mod:`prefixsched.online.policy` is what they keep to."""
