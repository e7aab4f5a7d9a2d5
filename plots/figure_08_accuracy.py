"""Figure 8: accuracy on addition and multiplication under each mask and its inverse."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from tables import Selection, caption, draw_bars, run

#: Label, stage and mask mode of each group of bars.
GROUPS = (
    ("Full", "full", "mask"),
    ("+", "add", "mask"),
    ("¬+", "add", "inverse"),
    ("×", "mul", "mask"),
    ("¬×", "mul", "inverse"),
)
OPERATIONS = ("add", "mul")


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("accuracy")
    series = {
        operation: [
            table.summary("accuracy", stage=stage, mask_mode=mode, eval_set=operation).scaled(100)
            for _, stage, mode in GROUPS
        ]
        for operation in OPERATIONS
    }
    figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
    draw_bars(axes, [label for label, _, _ in GROUPS], series, "{:.0f}")
    axes.set_xlabel("mask (¬: inverted)")
    axes.set_ylabel("accuracy (%)")
    axes.set_ylim(0, 115)
    axes.set_yticks(range(0, 101, 20))
    axes.legend(title="inputs", ncols=2, loc="upper center", bbox_to_anchor=(0.5, 1.25))
    return figure, caption(selection, [entry for row in series.values() for entry in row])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw))
