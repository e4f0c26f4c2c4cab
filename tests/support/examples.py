"""Small files that many tests use, as they stand in DESIGN.md."""

TWO_USERS = {
    "format": "prefixsched-instance/1",
    "name": "two-users",
    "time_unit": "us",
    "cost": {"model": "linear", "token": 1},
    "cache": {"policy": "last"},
    "queries": [
        {"id": "a1", "arrival": 0, "prompt": [["userA", 4000], ["a1", 2000]]},
        {"id": "b1", "arrival": 2500, "prompt": [["userB", 4000], ["b1", 2000]], "ttft": 9000},
        {"id": "a2", "arrival": 5000, "prompt": [["userA", 4000], ["a2", 2000]]},
    ],
}
BEST = {
    "format": "prefixsched-schedule/1",
    "instance": "two-users",
    "order": ["a1", "a2", "b1"],
    "ttft": 11500,
    "status": "optimal",
    "lower_bound": 11500,
    "backend": "brute",
}
