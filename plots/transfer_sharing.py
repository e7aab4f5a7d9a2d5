"""Percentage of a permutation's weights that earlier ones use already, per layer (Figs. 14 and 15)."""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from drawing import caption, draw_bars, draw_legend, percent_axis, run
from layer_names import layer_labels
from tables import Selection, Summary

#: As many permutations are all drawn.
FEW = 4


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("transfer")
    # Every second permutation, as in the paper, where there are many: tasks are counted from 1, permutations from 0.
    permutations = table.values("permutation", metric="shared_frac")
    permutations = permutations[::2] if len(permutations) > FEW else permutations
    layers = [
        layer
        for layer in table.layers(permutation=permutations[0], metric="shared_frac")
        if layer.endswith(".weight")
    ]
    series, chance = (
        {
            f"T{int(permutation) + 1}": [
                table.summary(metric, permutation=permutation, layer=layer).scaled(100)
                for layer in layers
            ]
            for permutation in permutations
        }
        for metric in ("shared_frac", "shared_frac_chance")
    )
    # From light to dark in the order of learning.
    shades = plt.get_cmap("Blues")(np.linspace(0.35, 0.95, len(series)))
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    colours = dict(zip(series, shades, strict=True))
    draw_bars(axes, layer_labels(layers), series, "{:.0f}", colours, chance)
    axes.set_xlabel("layer")
    percent_axis(axes, "weights in use before (% of the kept)")
    draw_legend(figure, axes, "random masks of these sizes", ncols=len(series) + 1)
    summaries: list[Summary] = [entry for row in series.values() for entry in row]
    return figure, caption(selection, summaries)


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="permuted-mnist"))
