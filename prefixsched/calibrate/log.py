"""Calibration: the prefill cost of a server, fitted to a log of measured times."""

from __future__ import annotations

from pathlib import Path

from prefixsched.calibrate.fit import Fit, fit_cost
from prefixsched.calibrate.measurements import Measurements, read_measurements


def calibrate(log: Measurements | str | Path) -> Fit:
    """Fit the prefill cost to measured times.

    Parameters
    ----------
    log
        Measurements, or the file that has them; see
        :func:`~prefixsched.calibrate.measurements.read_measurements` for what it holds.

    Returns
    -------
    Fit
        Its ``cost`` goes into instances; :func:`~prefixsched.calibrate.fit.fit_cost` says how
        it is fitted.

    Raises
    ------
    InputError
        If the file can't be read, or the times don't tell the coefficients apart.

    Examples
    --------
    ``prefixsched.calibrate("log.csv").cost``
    """
    return fit_cost(log if isinstance(log, Measurements) else read_measurements(log))
