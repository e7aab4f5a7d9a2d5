"""Overlap of masks that were trained twice for the same classes, per layer, with their chance."""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from drawing import draw_bars, draw_legend, run
from removed_weights import labels, weights
from tables import Selection, Summary, summary_of


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("pair_overlap")
    pairs = [
        (first, second)
        for first in table.values("mask_a")
        for second in table.values("mask_b", mask_a=first)
        if first.endswith("-a") and second == f"{first[:-1]}b"
    ]
    layers = weights(table, metric="iou")

    def over_pairs(metric: str, layer: str) -> Summary:
        values = [
            table.summary(metric, mask_a=first, mask_b=second, layer=layer).mean
            for first, second in pairs
        ]
        return summary_of([value for value in values if np.isfinite(value)])

    everything = [*layers, "all-but-classifier"]
    bars = {"IoU of two trainings": [over_pairs("iou", layer) for layer in everything]}
    chance = {"IoU of two trainings": [over_pairs("iou_chance", layer) for layer in everything]}
    figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
    draw_bars(axes, [*labels(layers), "all but\noutput"], bars, "{:.2f}", {}, chance)
    axes.set_ylim(0, 1.18)
    axes.set_ylabel("IoU")
    draw_legend(figure, axes, "independent masks of these sizes")
    parts = [f"{selection.study}, {selection.profile} profile"]
    parts.append(f"mean ± standard deviation over {len(pairs)} pairs of masks")
    return figure, "; ".join(parts)


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="cifar10-mask-stability", variant="pairs"))
