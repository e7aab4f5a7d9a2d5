"""Percentage of the full mask's weights that are removed when a class is left out, by class and by layer (Fig. 16)."""

import statistics
import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import caption, draw_bars, run
from tables import Selection, Summary, SummaryTable, summary_of


def removed_in_layer(selection: Selection, layer: str) -> Summary:
    """Returns the percentage of the full mask's weights in a layer that a class's mask lacks, on
    average over classes; the spread is that of this average over seeds."""
    seeds = selection.values_by_seed("layer_stats", "removed_frac")
    return summary_of(
        [
            100
            * statistics.fmean(
                float(row["value"])
                for row in rows
                if row["layer"] == layer and row["stage"] != "full"
            )
            for rows in seeds.values()
        ]
    )


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("layer_stats")
    classes = table.stages()
    by_class = [
        table.summary("removed_frac", stage=stage, layer="all").scaled(100) for stage in classes
    ]
    layers = weights(table, stage="full")
    by_layer = [removed_in_layer(selection, layer) for layer in layers]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.8), layout="constrained")
    draw_bars(left, classes, {"removed": by_class}, "{:.1f}")
    left.set_xlabel("class left out")
    left.set_ylabel("removed weights (%)")
    draw_bars(right, labels(layers), {"removed": by_layer}, "{:.1f}")
    right.set_xlabel("layer")
    right.set_ylabel("removed weights (%)")
    for axes, entries in ((left, by_class), (right, by_layer)):
        axes.tick_params(axis="x", rotation=45 if len(entries) > 5 else 0)
        high = max(entry.mean + (entry.std or 0) for entry in entries)
        axes.set_ylim(0, high * 1.3 + 0.1)
    return figure, caption(selection, by_class + by_layer)


def weights(table: SummaryTable, **keys: str) -> list[str]:
    """Returns the names of the weights without biases, the classifier's last."""
    names = [name for name in table.layers(**keys) if name.endswith(".weight")]
    return sorted(names, key=lambda name: name.startswith("classifier"))


def labels(layers: list[str]) -> list[str]:
    """Returns axis labels: convolutions by number, the classifier as output."""
    names = {"classifier.weight": "output"}
    return [
        names.get(name, f"conv {number + 1}" if len(layers) < 10 else str(number + 1))
        for number, name in enumerate(layers)
    ]


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="cifar10-cnn", variant="no-dropout"))
