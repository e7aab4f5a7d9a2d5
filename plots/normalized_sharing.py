"""Sharing of two tasks per layer: the papers' measures, and normalised by chance and repetitions."""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from drawing import OPERATION_NAMES, caption, draw_legend, run
from layer_names import layer_labels
from tables import Selection, Summary

MEASURES = {"shared_frac": ("eq. 14", "0.75"), "iou": ("IoU", "0.55"), "iomin": ("IoMin", "0.35")}
COLOURS = ("#0072B2", "#D55E00", "#CC79A7", "#E69F00")


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("sharing")
    first = table.values("mask_a")[0]
    others = table.values("mask_b", mask_a=first)
    layers = [*table.layers(mask_a=first), "all"]
    series: dict[str, tuple[list[Summary | None], str]] = {}
    for metric, (name, colour) in MEASURES.items():
        found = [table.summary(metric, mask_a=first, mask_b=others[0], layer=x) for x in layers]
        series[name] = (list(found), colour)
    for index, other in enumerate(others):
        keys = {"mask_a": first, "mask_b": other}
        label = other.replace("never-", "never learned: ")
        name = f"σ with {OPERATION_NAMES.get(label, label)}"
        series[name] = (
            [
                table.summary("sigma", layer=x, **keys)
                if table.has("sigma", layer=x, **keys)
                else None
                for x in layers
            ],
            COLOURS[index % len(COLOURS)],
        )
    figure, axes = plt.subplots(figsize=(7.2, 3.8), layout="constrained")
    width = 0.84 / len(series)
    places = np.arange(len(layers))
    for index, (name, (found, colour)) in enumerate(series.items()):
        centres = places - 0.42 + width * (index + 0.5)
        heights = [entry.mean if entry else float("nan") for entry in found]
        axes.bar(centres, heights, width * 0.92, color=colour, label=name)
        for centre, entry in zip(centres, found, strict=True):
            if entry and entry.low is not None and entry.high is not None:
                axes.plot([centre, centre], [entry.low, entry.high], color="black", linewidth=1)
    axes.axhline(0, color="0.3", linewidth=0.8)
    axes.axhline(1, color="0.3", linewidth=0.8, linestyle=":")
    axes.set_xticks(places, [*layer_labels(layers[:-1]), "all"])
    axes.set_xlabel("layer")
    title = OPERATION_NAMES.get(first, first)
    axes.set_ylabel(f"sharing of {title} with {OPERATION_NAMES.get(others[0], others[0])}")
    axes.grid(axis="y", color="0.88")
    draw_legend(figure, axes, ncols=3, fontsize=8)
    shown = [entry for found, _ in series.values() for entry in found if entry]
    text = caption(selection, shown).replace(
        "mean ± standard deviation over seeds", "mean over seeds with its 95 % bootstrap interval"
    )
    return figure, f"{text}; 0: chance, 1 (dotted): as two masks of one task"


if __name__ == "__main__":
    sys.exit(run(__doc__, draw))
