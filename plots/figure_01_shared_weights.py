"""Figures 1 and 12: percentage of each operation's weights that the other operation shares, per layer."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import caption, draw_bars, run
from tables import Selection, layer_labels


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("layer_stats")
    operations = table.stages()
    layers = table.layers(stage=operations[0], metric="shared_frac")
    series = {
        stage: [
            table.summary("shared_frac", stage=stage, layer=layer).scaled(100) for layer in layers
        ]
        for stage in operations
    }
    figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
    draw_bars(axes, layer_labels(layers), series, "{:.0f}")
    axes.tick_params(axis="x", rotation=20 if len(layers) > 4 else 0)
    axes.set_xlabel("layer")
    axes.set_ylabel("shared weights (% of the kept)")
    axes.set_ylim(0, 115)
    axes.set_yticks(range(0, 101, 20))
    axes.legend(ncols=2, loc="upper center", bbox_to_anchor=(0.5, 1.14))
    return figure, caption(selection, [entry for row in series.values() for entry in row])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw))
