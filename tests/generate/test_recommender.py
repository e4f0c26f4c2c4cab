"""A recommender's prompts."""

from collections import defaultdict

from prefixsched.generate.recommender import recommender


def test_default_is_the_papers_size() -> None:
    """By default 2,400 prompts of four parts arrive, all with one instruction."""
    instance = recommender()
    assert instance.n == 2400
    prompts = [instance.prompts.segments(j) for j in range(instance.n)]
    assert {len(prompt) for prompt in prompts} == {4}
    assert {prompt[0] for prompt in prompts} == {("instruction1", 800)}
    assert len({prompt[3][0] for prompt in prompts}) == 2400


def test_histories_grow_with_time() -> None:
    """A user's profile is always the same, and the history never gets shorter."""
    instance = recommender(users=12, per_user=20, versions=4, templates=3, seed=1)
    profiles, histories = defaultdict(set), defaultdict(list)
    for j, name in enumerate(instance.ids):
        instruction, profile, history, _ = instance.prompts.segments(j)
        user = name.split("q")[0]
        assert profile[0] == f"{user}-profile"
        profiles[user].add((instruction, profile))
        histories[user].append(history[1])
    assert {len(seen) for seen in profiles.values()} == {1}
    assert all(sizes == sorted(sizes) for sizes in histories.values())
    assert max(len(set(sizes)) for sizes in histories.values()) == 4


def test_fixed_sizes() -> None:
    """With no spread every part has its stated size, and version v adds growth v - 1 times."""
    instance = recommender(users=2, per_user=9, versions=3, cv=0, seed=2)
    parts = [[tokens for _, tokens in instance.prompts.segments(j)] for j in range(instance.n)]
    assert {(a, b, d) for a, b, _, d in parts} == {(800, 400, 150)}
    assert {c for _, _, c, _ in parts} <= {1500, 1800, 2100}
