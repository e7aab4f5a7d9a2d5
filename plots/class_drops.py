"""How far the class that is left out falls, and the worst other class beside it, on CIFAR-10."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import draw_bars, draw_legend, present, run, seeds_text
from tables import Selection

NETWORKS = {
    "CNN without dropout": ("cifar10-cnn", "no-dropout"),
    "CNN with dropout": ("cifar10-cnn", "dropout"),
    "ResNet": ("cifar10-resnet", "main"),
}


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    tables, lacking = present(
        {name: selection.of(*chosen) for name, chosen in NETWORKS.items()}, "class_drop"
    )
    classes = list(
        dict.fromkeys(name for table in tables.values() for name in table.values("class"))
    )
    figure, panels = plt.subplots(2, 1, figsize=(8, 6), sharex=True, layout="constrained")
    used = []
    for axes, metric, label in (
        (panels[0], "relative_drop", "drop of the class (%)"),
        (panels[1], "worst_other_over_target", "worst other class\n(% of the class's drop)"),
    ):
        series = {
            name: [
                table.summary(metric, **{"class": entry}).scaled(100)
                for entry in classes
                if table.has(metric, **{"class": entry})
            ]
            for name, table in tables.items()
        }
        series = {name: row for name, row in series.items() if len(row) == len(classes)}
        draw_bars(axes, classes, series, "{:.0f}", {})
        axes.set_ylabel(label)
        axes.margins(y=0.25)
        used += [entry for row in series.values() for entry in row]
    panels[1].set_xlabel("class left out")
    panels[1].tick_params(axis="x", rotation=30)
    draw_legend(figure, panels[0])
    return figure, "; ".join([f"{selection.profile} profile", *seeds_text(used), *lacking])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="cifar10-cnn", variant="no-dropout"))
