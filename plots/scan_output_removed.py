"""Percentage of the output weights of each action that the mask of jump removes (of the ICLR paper)."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import caption, draw_bars, percent_axis, run
from tables import Selection

#: The actions in the order of the output units.
ACTIONS = ("turn left", "turn right", "jump", "walk", "run", "look", "end")


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("output_unit_removed")
    removed = [
        table.summary("removed_frac", stage="jump", unit=str(unit)).scaled(100)
        for unit in range(len(ACTIONS))
    ]
    figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
    draw_bars(axes, list(ACTIONS), {"removed": removed}, "{:.0f}")
    axes.set_xlabel("action")
    percent_axis(axes, "removed output weights (%)")
    return figure, caption(selection, removed)


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="scan-lstm"))
