"""How a policy's worst ratio grows with n."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prefixsched.adversary.search import Champion
from prefixsched.plot.lines import MARKERS, STYLES
from prefixsched.plot.style import label, new_axes, plain, shade

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

    if ax is None:
        ax = new_axes(HEIGHT)
    for k, policy in enumerate(dict.fromkeys(each.policy for each in champions)):
        points = sorted((c.instance.n, float(c.ratio)) for c in champions if c.policy == policy)
        ax.plot(
            *zip(*points, strict=True),
            color=shade(k),
            linestyle=STYLES[k % len(STYLES)],
            marker=MARKERS[k % len(MARKERS)],
            markersize=5,
            label=label(policy),
        )
    ax.set(xlabel="queries", ylabel="worst ratio found", ylim=(1, None))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(color="#e5e5e5", linewidth=0.6)
    ax.set_axisbelow(True)
    plain(ax)
    ax.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax
