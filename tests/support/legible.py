"""What must hold of a figure for people to read it."""

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg


def assert_legible(axes):
    """No label runs into another or over the edge, and the legend covers nothing that is drawn."""
    figure = axes.figure
    FigureCanvasAgg(figure).draw()
    legend = axes.get_legend()
    for axis in (axes.xaxis, axes.yaxis):
        labels = [*axis.get_ticklabels(which="major"), *axis.get_ticklabels(which="minor")]
        ends = sorted(axis.get_view_interval())
        shown = [
            label
            for label in labels
            if label.get_text() and ends[0] <= label.get_position()[axis is axes.yaxis] <= ends[1]
        ]
        assert len(shown) >= 2 or len({label.get_text() for label in labels}) < 2
        for one, other in combinations(shown, 2):
            apart = not one.get_window_extent().overlaps(other.get_window_extent())
            assert apart, (one.get_text(), other.get_text())
    texts = [axes.xaxis.label, axes.yaxis.label, axes._left_title, *shown]
    if legend is not None:
        texts += legend.get_texts()
        assert not legend.get_window_extent().overlaps(axes.patch.get_window_extent().padded(-2))
    edge = figure.bbox.padded(1)
    for text in filter(lambda each: each.get_text(), texts):
        extent = text.get_window_extent()
        inside = edge.contains(extent.x0, extent.y0) and edge.contains(extent.x1, extent.y1)
        assert inside, text.get_text()
