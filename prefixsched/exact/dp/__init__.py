"""Our own exact search: layered states, tree bounds, growing beams."""

from prefixsched.exact.dp.backend import Dp

__all__ = ["Dp"]
