"""Figure 4b: percentage of the output weights of each action that the mask of jump removes."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import caption, draw_bars, run
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
    axes.set_ylabel("removed output weights (%)")
    axes.set_ylim(0, 115)
    axes.set_yticks(range(0, 101, 20))
    return figure, caption(selection, removed)


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="scan-lstm"))
