"""Plug-ins: what packages register, and classes of users."""
