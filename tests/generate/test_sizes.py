"""Token counts."""

import numpy as np

from prefixsched.generate.sizes import sizes


def rng(seed: int = 0) -> np.random.Generator:
    """Random numbers."""
    return np.random.Generator(np.random.PCG64(seed))


def test_fixed_sizes_draw_nothing() -> None:
    """Without spread every size is the mean and the random numbers stay as they were."""
    source = rng()
    assert sizes(source, 3, 70, 0).tolist() == [70, 70, 70]
    assert source.random() == rng().random()


def test_log_normal_sizes_have_the_mean_and_spread_asked_for() -> None:
    """Many sizes have about the given mean and coefficient of variation."""
    drawn = sizes(rng(), 200_000, 1500, 0.8)
    assert abs(drawn.mean() / 1500 - 1) < 0.01
    assert abs(drawn.std() / drawn.mean() / 0.8 - 1) < 0.03


def test_sizes_are_at_least_one_token() -> None:
    """A mean of one token with a wide spread gives no empty part."""
    assert sizes(rng(), 1000, 1, 3.0).min() == 1
