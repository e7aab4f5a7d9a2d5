"""Figure 16: percentage of the weights that are removed when a class is left out, by class and by layer."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import caption, draw_bars, run
from tables import Selection, Summary, SummaryTable


def removed_in_layer(table: SummaryTable, layer: str) -> Summary:
    """Returns by how much the kept weights of a layer fall short of those for the complete task, on
    average over classes."""
    full = table.summary("n_kept", stage="full", layer=layer)
    kept = [table.summary("n_kept", stage=stage, layer=layer) for stage in table.stages()]
    mean = sum(entry.mean for entry in kept) / len(kept)
    # Of means over seeds, so that there is no spread over seeds.
    return Summary(full.n, full.n_failed, 100 * (full.mean - mean) / full.mean, None)


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("layer_stats")
    classes = table.stages()
    by_class = [
        table.summary("removed_frac", stage=stage, layer="all").scaled(100) for stage in classes
    ]
    layers = [name for name in table.layers(stage="full") if name.endswith(".weight")]
    layers.sort(key=lambda name: name.startswith("classifier"))
    by_layer = [removed_in_layer(table, layer) for layer in layers]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.8), layout="constrained")
    draw_bars(left, classes, {"removed": by_class}, "{:.1f}")
    left.set_xlabel("class left out")
    left.set_ylabel("removed weights (%)")
    draw_bars(right, labels(layers), {"removed": by_layer}, "{:.1f}")
    right.set_xlabel("layer")
    right.set_ylabel("fewer kept weights (%)")
    for axes, entries in ((left, by_class), (right, by_layer)):
        axes.tick_params(axis="x", rotation=45 if len(entries) > 5 else 0)
        low = min(0.0, *(entry.mean for entry in entries))
        high = max(entry.mean + (entry.std or 0) for entry in entries)
        axes.set_ylim(low * 1.2, high * 1.2 + 0.1)
    return figure, caption(selection, by_class + by_layer)


def labels(layers: list[str]) -> list[str]:
    """Returns axis labels: convolutions by number, the classifier as output."""
    names = {"classifier.weight": "output"}
    return [
        names.get(name, f"conv {number + 1}" if len(layers) < 10 else str(number + 1))
        for number, name in enumerate(layers)
    ]


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="cifar10-cnn", variant="no-dropout"))
