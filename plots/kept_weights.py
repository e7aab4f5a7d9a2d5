"""Number of weights each mask keeps, per layer (Fig. 11)."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from drawing import caption, draw_bars, draw_legend, run
from layer_names import layer_labels
from tables import Selection


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("layer_stats")
    stages = table.stages()
    layers = table.layers(stage=stages[0], metric="n_kept")
    series = {
        stage: [table.summary("n_kept", stage=stage, layer=layer) for layer in layers]
        for stage in stages
    }
    figure, axes = plt.subplots(figsize=(6.6, 3.6), layout="constrained")
    draw_bars(axes, layer_labels(layers), series, "{:,.0f}")
    axes.set_xlabel("layer")
    axes.set_ylabel("kept weights (count)")
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.margins(y=0.2)
    draw_legend(figure, axes)
    return figure, caption(selection, [entry for row in series.values() for entry in row])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw))
