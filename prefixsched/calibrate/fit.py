"""The potential cost that explains measured prefill times."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prefixsched.arrays import IntArray
from prefixsched.calibrate.measurements import Measurements
from prefixsched.model.cost import Potential
from prefixsched.model.display import Displayed, Records, name_text
from prefixsched.model.errors import InputError

Vector = NDArray[np.float64]

LEAST_ROWS = 8
"""Fewer requests than this say nothing of the noise that three coefficients are fitted from."""
SMALLEST_SINGULAR = 1e-6
"""Smallest singular value of the unit columns: below it they are dependent but for rounding."""
LOOSE, MATTERS = 0.1, 0.02
"""A coefficient is too loose where its standard error is more than ``LOOSE`` of it, and more than
``MATTERS`` of the time of an average request."""
LONGEST = 1_000_000
"""Prompt tokens past which nobody is warned."""
DIGITS = 6
"""Significant digits of the coefficients in a cost block."""
ROUNDS, SETTLED = 100, 1e-11
JITTERS, JITTER_PAST, JITTER_ROUNDS = 16, 8.0, 2
"""Jitters tried, from this factor below all fitted times to it above them, and how often."""
EXACT = 1e-9
"""Smaller relative residuals are rounding, which says nothing of the noise."""
LARGE_CONSTANT, POOR_R2 = 0.1, 0.9
BINS, BIN_ROWS, BIN_OFF, BIN_SURE = 6, 8, 0.05, 4.0
"""Lack of fit: groups of at least ``BIN_ROWS`` requests whose mean relative residual is past
``BIN_OFF`` and past ``BIN_SURE`` of its standard errors."""


@dataclass(frozen=True)
class Term:
    """One coefficient.

    Parameters
    ----------
    value
        Microseconds per token, per squared token, or per request.
    error
        Its standard error.
    share
        The part of all requests' fitted time that it accounts for.
    """

    value: float
    error: float
    share: float

    def as_dict(self) -> dict[str, float]:
        """All three, as JSON and tables of numbers have them."""
        return {"value": self.value, "standard_error": self.error, "share": self.share}


@dataclass(frozen=True, eq=False, repr=False)
class Fit(Displayed):
    """A fitted potential cost, and how well it fits.

    Parameters
    ----------
    data
        What it was fitted to.
    token, attention
        The coefficients of the potential.
    constant
        What every request pays beside; the exact model has no such cost.
    fitted
        ``[n]``; microseconds that the three say of each request.
    r2
        Coefficient of determination, of microseconds.
    spread
        Median size of the relative residuals.
    warnings
        Where the model doesn't fit, in sentences.
    """

    data: Measurements
    token: Term
    attention: Term
    constant: Term
    fitted: Vector
    r2: float
    spread: float
    warnings: tuple[str, ...]

    @property
    def cost(self) -> Potential:
        """The cost in ticks of a microsecond, its coefficients rounded to ``DIGITS`` digits."""
        return Potential(_rounded(self.token.value), _rounded(self.attention.value))

    @property
    def terms(self) -> dict[str, Term]:
        """The three coefficients by name."""
        return {"token": self.token, "attention": self.attention, "per_request": self.constant}

    def _headline(self) -> str:
        return (
            f"to {name_text(self.data.source)}: {self.token.value:.4g} us a token, "
            f"{self.attention.value:.4g} us a squared token; R² {self.r2:.4f}"
        )

    def _records(self, most: int | None) -> Records:
        return [{"term": name, **term.as_dict()} for name, term in list(self.terms.items())[:most]]

    def _size(self) -> int:
        return len(self.terms)

    def as_dict(self) -> dict[str, Any]:
        """The figures of the fit, by name."""
        return {
            "time_unit": "us",
            **{name: term.as_dict() for name, term in self.terms.items()},
            "r2": self.r2,
            "relative_error": self.spread,
            "warnings": list(self.warnings),
        }


def fit_cost(data: Measurements) -> Fit:
    r"""Fit time = constant + token (L - o) + attention (L^2 - o^2), no coefficient negative.

    L is the prompt's length and o what was cached of it. The noise of serving
    times has a part that every request has alike and a part that grows with the
    time: its variance is taken to be in proportion to jitter^2 + fitted^2.
    Residuals are weighted by the inverse of its root, so that for each positive
    coefficient the sum of (time - fitted) column / (jitter^2 + fitted^2) is 0;
    solved by least squares again and again, with the weights of the fit before.
    Jitter is, of some values from none to far above all times, the one of the
    greatest normal likelihood (Carroll and Ruppert, Transformation and Weighting
    in Regression, 1988, chapters 2 and 3). Weights by the measured times would be
    simpler, but biased: what happens to be fast would count for more.

    The constant is fitted so that it biases neither of the others, and
    reported; the exact model has none.

    Standard errors are those of least squares with the last weights, of all
    three coefficients, with n - 3 degrees of freedom. A coefficient that ends at
    0 keeps the error that it has without the constraint, so that errors are
    rather too large than too small.

    Raises
    ------
    InputError
        If the measurements can't tell the coefficients apart: too few, all alike,
        times that don't grow with tokens, or the standard error of ``token`` or
        ``attention`` is more than a tenth of it and more than 2 % of the mean
        request's time. A coefficient that is 0 is no reason as long as its error
        is small beside the time.
    """
    n = len(data)
    if n < LEAST_ROWS:
        raise InputError(f"{data.source}: {n} requests; give at least {LEAST_ROWS}")
    design = _design(data)
    _check_rank(data, design)
    coefficients, scale = _solve(design, data.microseconds)
    fitted = design @ coefficients
    relative = (data.microseconds - fitted) / fitted
    residual = (data.microseconds - fitted) / scale
    freedom = n - design.shape[1]
    error = _errors(design / scale[:, None], float(residual @ residual) / freedom)
    _check_errors(data, coefficients, error, (design / fitted[:, None]).mean(axis=0))

    time = data.microseconds
    total = float(((time - time.mean()) ** 2).sum())
    r2 = 1 - float(((time - fitted) ** 2).sum()) / total if total > 0 else 1.0
    share = coefficients * design.sum(axis=0) / fitted.sum()
    constant, token, attention = (
        Term(float(value), float(off), float(part))
        for value, off, part in zip(coefficients, error, share, strict=True)
    )
    return Fit(
        data,
        token,
        attention,
        constant,
        fitted,
        r2,
        float(np.median(np.abs(relative))),
        (*_reach(token, attention), *_warnings(data, relative, constant, r2)),
    )


def nonnegative_least_squares(columns: Vector, target: Vector) -> Vector:
    """The non-negative coefficients of a few independent columns with the least squared error.

    At the optimum the coefficients that are positive solve the plain least
    squares over their columns: their gradient is 0, as a free coefficient's is.
    So the optimum is among the plain solutions over all subsets, and of those
    that are non-negative, each of which is allowed, it is the one with the least
    error. With three columns there are eight.

    Parameters
    ----------
    columns
        ``[n, k]``; independent.
    target
        ``[n]``.

    Returns
    -------
    ``[k]``
    """
    k = columns.shape[1]
    best, least = np.zeros(k), float(target @ target)
    for size in range(1, k + 1):
        for chosen in map(list, combinations(range(k), size)):
            part = np.linalg.lstsq(columns[:, chosen], target, rcond=None)[0]
            rest = target - columns[:, chosen] @ part
            if part.min() >= 0 and float(rest @ rest) < least:
                best, least = np.zeros(k), float(rest @ rest)
                best[chosen] = part
    return best


def _design(data: Measurements) -> Vector:
    """``[n, 3]``; what constant, token and attention are multiplied by."""
    new = (data.prompt - data.cached).astype(np.float64)
    # L^2 - o^2 as (L - o)(L + o): the squares themselves may leave 64 bits.
    return np.stack([np.ones(len(data)), new, new * (data.prompt + data.cached)], axis=1)


def _check_rank(data: Measurements, design: Vector) -> None:
    """Refuse requests that are too much alike to tell three coefficients apart."""
    weighted = design / design[:, 1:2]  # times grow about with the tokens to compute
    unit = weighted / np.linalg.norm(weighted, axis=0)
    if float(np.linalg.svd(unit, compute_uv=False)[-1]) >= SMALLEST_SINGULAR:
        return
    pairs = len(np.unique(np.stack([data.prompt, data.cached]), axis=1).T)
    if pairs < design.shape[1]:
        what = f"{pairs} different pairs of prompt and cached tokens"
    else:
        what = "prompt and cached tokens that are too much alike"
    raise InputError(
        f"{data.source}: {what} can't tell cost per token, per squared token and per request "
        "apart; add requests with other numbers of tokens to compute, short ones and long ones"
    )


def _solve(design: Vector, time: Vector) -> tuple[Vector, Vector]:
    """The coefficients, and ``[n]``, what each residual was divided by."""
    tokens = design[:, 1]
    fitted = tokens * (time.sum() / tokens.sum())
    jitter = 0.0
    for _ in range(JITTER_ROUNDS):
        fitted = design @ _settle(design, time, fitted, jitter)
        jitter = _likeliest_jitter(design, time, fitted)
    coefficients = _settle(design, time, fitted, jitter)
    return coefficients, np.hypot(jitter, design @ coefficients)


def _settle(design: Vector, time: Vector, fitted: Vector, jitter: float) -> Vector:
    """The coefficients whose fitted times give the weights that give the coefficients.

    They settle in some tens of rounds.
    """
    coefficients = np.zeros(design.shape[1])
    for _ in range(ROUNDS):
        new, norm = _weighted(design, time, np.hypot(jitter, fitted))
        moved = float(np.abs((new - coefficients) * norm).max())
        still = moved <= SETTLED * float(np.abs(new * norm).max())
        coefficients, fitted = new, design @ new
        if still:
            break
    return coefficients


def _weighted(design: Vector, time: Vector, scale: Vector) -> tuple[Vector, Vector]:
    """The coefficients with the least (residual / scale)², and the norms of scaled columns.

    With columns Q R, Q orthonormal, ``|R c - Q' t|²`` is the squared error of c but for what
    no c explains, so three rows stand for all.
    """
    columns = design / scale[:, None]
    norm = np.linalg.norm(columns, axis=0)
    basis, few = np.linalg.qr(columns / norm)
    return nonnegative_least_squares(few, basis.T @ (time / scale)) / norm, norm


def _likeliest_jitter(design: Vector, time: Vector, fitted: Vector) -> float:
    """The jitter that makes ``time`` most likely, with the weights that ``fitted`` gives.

    With the variance profiled out, twice the negative logarithm of the likelihood is
    n log(mean of (residual / scale)²) + sum of log(scale²), but for a constant.
    """
    spread = np.geomspace(fitted.min() / JITTER_PAST, fitted.max() * JITTER_PAST, JITTERS)
    best, least = 0.0, np.inf
    for jitter in (0.0, *spread.tolist()):
        scale = np.hypot(jitter, fitted)
        residual = (time - design @ _weighted(design, time, scale)[0]) / scale
        mean = max(float((residual**2).mean()), EXACT**2)
        unlikely = float(np.log(mean) * len(time) + 2 * np.log(scale).sum())
        if unlikely < least:
            best, least = jitter, unlikely
    return best


def _errors(weighted: Vector, variance: float) -> Vector:
    """Standard errors by the theory of least squares, computed over columns of unit length.

    With U S V' the singular value decomposition of the columns X, the inverse of
    X'X is V S^-2 V', whose diagonal is never negative, whatever is rounded.
    """
    norm = np.linalg.norm(weighted, axis=0)
    _, singular, right = np.linalg.svd(weighted / norm, full_matrices=False)
    diagonal = ((right.T / singular) ** 2).sum(axis=1)
    spread: Vector = np.sqrt(variance * diagonal) / norm
    return spread


def _check_errors(data: Measurements, value: Vector, error: Vector, weight: Vector) -> None:
    """Refuse token and attention coefficients that the measurements leave too loose or at 0."""
    if (value * weight)[1:].sum() < MATTERS:
        raise InputError(
            f"{data.source}: the times don't grow with the tokens to compute; give times of "
            "prefills, long ones among them"
        )
    loose = (error > LOOSE * value) & (error * weight > MATTERS)
    for k, name, mend in (
        (1, "token", "more requests, short ones among them, of different lengths"),
        (2, "attention", "more requests, much longer ones among them"),
    ):
        if loose[k]:
            raise InputError(
                f"{data.source}: {name}: {value[k]:.3g} us has a standard error of {error[k]:.2g}, "
                f"too much to use; add {mend}"
            )


def _reach(token: Term, attention: Term) -> list[str]:
    """Up to what length a loose ``attention`` can be used.

    It passed because it matters little for the prompts that were measured; over
    L tokens its error is ``error`` L² beside ``token`` L.
    """
    if attention.error <= LOOSE * attention.value or not attention.error:
        return []
    reach = LOOSE * token.value / attention.error
    if reach > LONGEST:
        return []
    text = (
        f"the cost per squared token is loose: past {int(reach):,} prompt tokens it may put times "
        f"off by more than {LOOSE:.0%}; measure longer prompts before using it there"
    )
    return [text]


def _warnings(data: Measurements, relative: Vector, constant: Term, r2: float) -> list[str]:
    said = []
    if constant.share > LARGE_CONSTANT:
        said.append(
            f"{constant.share:.0%} of the time is a constant {constant.value:,.0f} us per request, "
            "which the model has not: its times are that much too short; for few queries a table "
            "cost can hold it"
        )
    if r2 < POOR_R2:
        said.append(f"R² is {r2:.3f}: tokens alone don't explain these times")
    for values, what in (
        (data.prompt - data.cached, "tokens to compute"),
        (data.cached, "cached tokens"),
    ):
        said += _misfits(values, what, relative)
    return said


def _misfits(values: IntArray, what: str, relative: Vector) -> list[str]:
    """The groups of requests, by ``values``, whose times the fit misses on average."""
    said = []
    order = np.argsort(values, kind="stable")
    for group in np.array_split(order, min(BINS, max(1, len(order) // BIN_ROWS))):
        mean = float(relative[group].mean())
        error = float(relative[group].std(ddof=1)) / len(group) ** 0.5
        if abs(mean) > BIN_OFF and abs(mean) > BIN_SURE * error:
            low, high = int(values[group].min()), int(values[group].max())
            kind = "longer" if mean > 0 else "shorter"
            said.append(
                f"requests with {low:,} to {high:,} {what} take {abs(mean):.0%} {kind} "
                "than the fit says"
            )
    return said


def _rounded(value: float) -> Fraction:
    return Fraction(f"{value:.{DIGITS}g}")
