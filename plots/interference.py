"""Accuracy on both operations while the network is trained on one of them alone."""

import sys

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from drawing import OPERATION_NAMES, caption, legend_above, percent_axis, run
from tables import Selection, Summary, SummaryTable

#: What is protected, with its name and its colour.
PROTECTIONS = {
    "none": ("nothing protected", "#D55E00"),
    "random": ("as many weights at random", "0.55"),
    "mask": ("mask of the other operation", "#0072B2"),
}
OTHER = {"add": "mul", "mul": "add"}
TARGETS = {"same": "on the known results", "renamed": "on renamed results"}


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("interference")
    trained = table.values("trained")
    targets = table.values("targets")
    figure, grid = plt.subplots(
        len(targets),
        len(trained),
        figsize=(6.8, 2.6 * len(targets) + 0.6),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    summaries: list[Summary] = []
    for row, target in zip(grid, targets, strict=True):
        for axes, operation in zip(row, trained, strict=True):
            summaries += draw_panel(axes, table, operation, target)
            axes.set_title(
                f"trained: {OPERATION_NAMES[operation]}, {TARGETS[target]}", fontsize=9
            )
    for axes in grid[-1]:
        axes.set_xlabel("optimiser steps of further training")
    for row in grid:
        percent_axis(row[0], "accuracy (%)")
    handles, labels = grid[0][0].get_legend_handles_labels()
    legend_above(figure, handles, labels, ncols=2, fontsize=8)
    return figure, caption(selection, summaries)


def draw_panel(axes: Axes, table: SummaryTable, trained: str, targets: str) -> list[Summary]:
    """Draws the other operation in full lines with its spread, the trained one in dotted lines."""
    shown: list[Summary] = []
    for protection in table.values("protection"):
        keys = {"trained": trained, "targets": targets, "protection": protection}
        name, colour = PROTECTIONS[protection]
        steps = sorted(table.values("step", **keys), key=int)
        positions = [int(step) for step in steps]
        for operation, style, label in (
            (OTHER[trained], "-", f"other operation; {name}"),
            (trained, ":", f"trained operation; {name}"),
        ):
            curve = [
                table.summary("accuracy", operation=operation, step=step, **keys).scaled(100)
                for step in steps
            ]
            means = [entry.mean for entry in curve]
            axes.plot(positions, means, style, color=colour, label=label)
            if operation != trained and curve[0].std is not None:
                spreads = [entry.std or 0 for entry in curve]
                axes.fill_between(
                    positions,
                    [mean - spread for mean, spread in zip(means, spreads, strict=True)],
                    [mean + spread for mean, spread in zip(means, spreads, strict=True)],
                    color=colour,
                    alpha=0.15,
                    linewidth=0,
                )
            shown += curve
    axes.grid(axis="y", color="0.88")
    return shown


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="addmul-interference"))
