"""Prefill costs from measured times, and from arithmetic.

The package itself can be called: ``prefixsched.calibrate("log.csv").cost``; see :func:`calibrate`.
"""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.calibrate.fit import Fit, fit_cost
    from prefixsched.calibrate.log import calibrate
    from prefixsched.calibrate.measurements import Measurements, read_measurements
    from prefixsched.calibrate.presets import PRESETS, Preset, preset

__all__ = [
    "PRESETS",
    "Fit",
    "Measurements",
    "Preset",
    "calibrate",
    "fit_cost",
    "preset",
    "read_measurements",
]

reexport(
    __name__,
    call="log:calibrate",
    Fit="fit",
    Measurements="measurements",
    PRESETS="presets",
    Preset="presets",
    calibrate="log",
    fit_cost="fit",
    preset="presets",
    read_measurements="measurements",
)
