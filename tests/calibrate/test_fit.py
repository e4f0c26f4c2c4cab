"""Tests of the fitted cost: it finds what is there, and refuses where nobody could."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples

from prefixsched.calibrate.fit import fit_cost, nonnegative_least_squares
from prefixsched.calibrate.measurements import Measurements
from prefixsched.model.errors import InputError


def log(
    seed=0, n=3000, token=28.2, attention=5.3e-4, constant=1500.0, noise=0.05, lengths=(128, 64_000)
):
    """Measurements under known coefficients, half of them with a prefix cached."""
    rng = np.random.default_rng(seed)
    prompt = np.exp(rng.uniform(*np.log(lengths), n)).astype(np.int64)
    cached = (prompt * rng.uniform(0, 1, n) * rng.integers(0, 2, n)).astype(np.int64)
    new = prompt - cached
    time = constant + token * new + attention * new * (prompt + cached)
    # The factor's mean is 1, so that the coefficients are those of the mean time.
    time = time * np.exp(noise * rng.standard_normal(n) - noise**2 / 2)
    return Measurements("log.csv", prompt, cached, time)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("token", "attention", "constant"),
    [(28.2, 5.3e-4, 1500.0), (219.4, 2.1e-3, 20_000.0), (28.2, 5.3e-4, 0.0)],
)
def test_known_coefficients_are_found_within_a_hundredth(seed, token, attention, constant):
    """Two percent of noise on three thousand requests leaves both within 1 %."""
    fit = fit_cost(log(seed, token=token, attention=attention, constant=constant, noise=0.02))
    assert fit.token.value == pytest.approx(token, rel=0.01)
    assert fit.attention.value == pytest.approx(attention, rel=0.01)
    assert fit.constant.value == pytest.approx(constant, rel=0.01, abs=20)
    assert fit.r2 > 0.99
    assert fit.spread == pytest.approx(0.02 * 0.674, rel=0.1)  # the median of a normal error
    assert float(fit.cost.token) == pytest.approx(token, rel=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_jitter_that_all_requests_have_alike_is_weighed_as_such(seed):
    """A millisecond either way, many times what short requests take, leaves both within 1 %."""
    exact = log(seed, n=1000, noise=0.0, lengths=(16, 32_000))
    jitter = np.random.default_rng(seed).normal(0, 1000, len(exact))
    time = np.maximum(exact.microseconds + jitter, 1.0)
    fit = fit_cost(Measurements("log.csv", exact.prompt, exact.cached, time))
    assert fit.token.value == pytest.approx(28.2, rel=0.01)
    assert fit.attention.value == pytest.approx(5.3e-4, rel=0.01)


def test_standard_errors_are_those_that_repeats_show():
    """Over many logs the errors made are as large as the errors told, and have no bias."""
    truth = np.array([28.2, 5.3e-4, 1500.0])
    off = []
    for seed in range(60):
        fit = fit_cost(log(seed, n=400, noise=0.2))
        terms = (fit.token, fit.attention, fit.constant)
        off.append(
            [(term.value - true) / term.error for term, true in zip(terms, truth, strict=True)]
        )
    assert np.abs(np.mean(off, axis=0)).max() < 0.52  # four standard errors of a mean of 60
    assert np.std(off, axis=0) == pytest.approx(1, abs=0.3)


def test_without_noise_the_fit_is_exact():
    """What the model says without noise comes back, and nothing is left over."""
    fit = fit_cost(log(n=50, noise=0))
    assert fit.token.value == pytest.approx(28.2, rel=1e-9)
    assert fit.attention.value == pytest.approx(5.3e-4, rel=1e-9)
    assert fit.spread < 1e-9
    assert fit.warnings == ()


@pytest.mark.parametrize("seed", range(4))
def test_no_attention_is_no_reason_to_refuse(seed):
    """A coefficient that is 0 may come out as 0, and never as more than a few of its errors."""
    fit = fit_cost(log(seed, attention=0))
    assert 0 <= fit.attention.value < 4 * fit.attention.error
    assert fit.token.value == pytest.approx(28.2, rel=0.01)


def test_shares_are_of_all_time():
    """The three shares make up the fitted time."""
    fit = fit_cost(log())
    assert fit.token.share + fit.attention.share + fit.constant.share == pytest.approx(1)
    assert fit.as_dict()["attention"]["share"] == fit.attention.share > 0.1


def of(prompt, cached, time=None):
    """Measurements of given tokens."""
    prompt, cached = np.array(prompt), np.array(cached)
    return Measurements(
        "log.csv", prompt, cached, 30.0 * (prompt - cached) if time is None else time
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (log(n=7), "7 requests; give at least 8"),
        (of([4000] * 20, [0] * 20), "1 different pairs"),
        (of([4000, 2000] * 10, [0] * 20), "2 different pairs"),
        (
            of(range(4000, 4020), range(3900, 3920)),
            "prompt and cached tokens that are too much alike",
        ),
        (log(n=40, noise=0.2), "attention: .* standard error .* add more requests, much longer"),
        (log(n=400, token=0.0, attention=0.0, noise=0.0), "the times don't grow with the tokens"),
        (log(n=40, noise=1.0, attention=0.0, lengths=(1000, 1200)), "token: .* standard error"),
    ],
    ids=(
        "few",
        "all alike",
        "two kinds",
        "one number to compute",
        "noise",
        "constant",
        "one length",
    ),
)
def test_logs_that_cannot_tell_are_refused(data, message):
    """Where the coefficients can't be told apart the error says what is missing."""
    with pytest.raises(InputError, match=f"log.csv: {message}"):
        fit_cost(data)


def test_a_large_constant_is_told():
    """A cost per request that matters is warned of, and doesn't bias the others."""
    fit = fit_cost(log(constant=50_000, lengths=(64, 2000), n=5000, noise=0.01))
    assert fit.constant.share > 0.5
    assert any("constant" in text and "per request" in text for text in fit.warnings)
    assert fit.token.value == pytest.approx(28.2, rel=0.05)


def test_a_bend_that_the_model_lacks_is_told():
    """Requests of some lengths that take longer than any such cost says are named."""
    data = log()
    new = data.prompt - data.cached
    slow = np.where((new > 500) & (new < 2000), 1.5, 1.0)
    bent = Measurements("log.csv", data.prompt, data.cached, data.microseconds * slow)
    assert any(
        "tokens to compute take" in text and "longer" in text for text in fit_cost(bent).warnings
    )


def test_a_good_log_warns_of_nothing():
    """No warning is raised by noise alone."""
    assert [fit_cost(log(seed, n=400)).warnings for seed in range(20)] == [()] * 20


def test_short_prompts_do_not_speak_of_long_ones():
    """A loose attention that matters little here is said to matter past some length."""
    fit = fit_cost(log(lengths=(64, 500), constant=0))
    assert fit.attention.error > 0.1 * fit.attention.value
    reach = int(0.1 * fit.token.value / fit.attention.error)
    assert any(f"past {reach:,} prompt tokens" in text for text in fit.warnings)


matrices = st.integers(3, 12).flatmap(
    lambda n: st.lists(st.lists(st.integers(-9, 9), min_size=4, max_size=4), min_size=n, max_size=n)
)


@settings(max_examples=examples(200), deadline=None)
@given(matrices)
def test_nonnegative_least_squares_is_optimal(rows):
    """The conditions of Karush, Kuhn and Tucker hold, which for least squares prove an optimum."""
    table = np.array(rows, dtype=float)
    columns, target = table[:, :3], table[:, 3]
    if np.linalg.matrix_rank(columns) < 3:
        return
    found = nonnegative_least_squares(columns, target)
    gradient = columns.T @ (columns @ found - target)
    assert found.min() >= 0
    assert gradient.min() >= -1e-6
    assert abs(gradient @ found) <= 1e-6 * (1 + target @ target)
