"""Percentage of each operation's or pair's weights that the other shares, per layer (Figs. 1 and 12)."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import caption, draw_bars, draw_legend, percent_axis, run
from layer_names import layer_labels
from tables import Selection


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("layer_stats")
    operations = table.stages()
    layers = table.layers(stage=operations[0], metric="shared_frac")
    series, chance = (
        {
            stage: [table.summary(metric, stage=stage, layer=layer).scaled(100) for layer in layers]
            for stage in operations
        }
        for metric in ("shared_frac", "shared_frac_chance")
    )
    figure, axes = plt.subplots(figsize=(6, 3.8), layout="constrained")
    draw_bars(axes, layer_labels(layers), series, "{:.0f}", controls=chance)
    axes.set_xlabel("layer")
    percent_axis(axes, "shared weights (% of the kept)")
    draw_legend(figure, axes, "independent masks of these sizes")
    return figure, caption(selection, [entry for row in series.values() for entry in row])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw))
