"""Settings of all tests: hypothesis draws the same examples every time."""

from hypothesis import HealthCheck, settings
from thorough import examples

settings.register_profile(
    "repeatable",
    max_examples=examples(100),
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("repeatable")
