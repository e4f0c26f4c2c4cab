"""How a policy's worst ratio grows with n."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from prefixsched.model.arguments import check_each
from prefixsched.plot.lines import look, mark, merged
from prefixsched.plot.style import INK, gridded, legend_beside, new_axes
from prefixsched.studies.adversary import Champion

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 3.0


def plot_worst(champions: Sequence[Champion], ax: Axes | None = None) -> Axes:
    """Draw the worst ratios found over n, a line for each policy.

    Parameters
    ----------
    champions
        What the search found, of any policies and sizes.
    ax
        Where to draw; a new figure's where None.

    Returns
    -------
    Axes
        A line is a lower bound on the policy's competitive ratio for n queries.
    """
    from matplotlib.ticker import MaxNLocator

    check_each("champions", champions, Champion, "what ps.studies.search_adversary returned")
    policies = list(dict.fromkeys(each.policy for each in champions))
    if ax is None:
        ax = new_axes(HEIGHT, len(policies))

    def curve(policy: str) -> tuple[tuple[int, Fraction], ...]:
        return tuple(sorted((c.instance.n, c.ratio) for c in champions if c.policy == policy))

    curves = merged((policy, curve(policy)) for policy in policies)
    for k, (name, points) in enumerate(curves):
        ax.plot(
            [n for n, _ in points],
            [float(ratio) for _, ratio in points],
            label=name,
            **look(k, len(curves)),
            **mark(k, len(curves)),
        )
    ax.set(xlabel="queries", ylabel="largest TTFT / least possible", ylim=(1, None))
    ax.set_title("worst ratio found for each number of queries", loc="left", fontsize=9, color=INK)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    gridded(ax)
    legend_beside(ax, by_height=True)
    return ax
