"""Overlap of the masks of both operations or pairs, per layer: IoU and IoMin, with their chance."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import caption, draw_bars, draw_legend, run
from layer_names import layer_labels
from tables import Selection

COLOURS = {"IoU": "#0072B2", "IoMin": "#E69F00"}


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("pair_overlap")
    stages = selection.table("layer_stats").stages()
    pair = {"mask_a": stages[0], "mask_b": stages[1]}
    layers = [*table.layers(metric="iou", **pair), "all"]
    series, chance = (
        {
            label: [table.summary(metric + suffix, layer=layer, **pair) for layer in layers]
            for label, metric in (("IoU", "iou"), ("IoMin", "iomin"))
        }
        for suffix in ("", "_chance")
    )
    figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
    draw_bars(axes, [*layer_labels(layers[:-1]), "all"], series, "{:.2f}", COLOURS, chance)
    axes.set_ylim(0, 1.18)
    axes.set_xlabel("layer")
    axes.set_ylabel(f"overlap of {stages[0]} and {stages[1]}")
    draw_legend(figure, axes, "independent masks of these sizes")
    return figure, caption(selection, [entry for row in series.values() for entry in row])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw))
