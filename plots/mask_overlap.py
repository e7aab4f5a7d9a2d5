"""Overlap of the masks of both operations or pairs, per layer: IoU and IoMin, with their chance."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import caption, draw_bars, draw_legend, run
from tables import Selection, Summary, SummaryTable, layer_labels

COLOURS = {"IoU": "#0072B2", "IoMin": "#E69F00"}


def iomin_by_chance(
    table: SummaryTable, kept: SummaryTable, stages: list[str], layer: str
) -> Summary:
    """Returns the IoMin of independent masks: the share of all weights that the larger mask keeps."""
    shares = [kept.summary("kept_frac", stage=stage, layer=layer).mean for stage in stages]
    return Summary(1, 0, max(shares), None)


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table, kept = selection.table("pair_overlap"), selection.table("layer_stats")
    stages = kept.stages()
    pair = {"mask_a": stages[0], "mask_b": stages[1]}
    layers = [*table.layers(metric="iou", **pair), "all"]
    series = {
        label: [table.summary(metric, layer=layer, **pair) for layer in layers]
        for label, metric in (("IoU", "iou"), ("IoMin", "iomin"))
    }
    chance = {
        "IoU": [table.summary("iou_chance", layer=layer, **pair) for layer in layers],
        "IoMin": [iomin_by_chance(table, kept, stages, layer) for layer in layers],
    }
    figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
    draw_bars(axes, [*layer_labels(layers[:-1]), "all"], series, "{:.2f}", COLOURS, chance)
    axes.set_ylim(0, 1.18)
    axes.set_xlabel("layer")
    axes.set_ylabel(f"overlap of {stages[0]} and {stages[1]}")
    draw_legend(figure, axes, "independent masks of these sizes")
    return figure, caption(selection, [entry for row in series.values() for entry in row])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw))
