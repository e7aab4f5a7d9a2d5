"""Figures 3, 8 and 13: accuracy on both operations, or both pairs, under each mask and its inverse."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import caption, draw_bars, run
from tables import Selection

#: Short labels of the stages.
SYMBOLS = {"add": "+", "mul": "×", "pair1": "pair 1", "pair2": "pair 2"}


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("accuracy")
    operations = table.stages()
    groups = [("full", "full", "mask")]
    for stage in operations:
        groups.append((SYMBOLS[stage], stage, "mask"))
        groups.append((f"¬{SYMBOLS[stage]}", stage, "inverse"))
    series = {
        operation: [
            table.summary("accuracy", stage=stage, mask_mode=mode, eval_set=operation).scaled(100)
            for _, stage, mode in groups
        ]
        for operation in operations
    }
    figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
    draw_bars(axes, [label for label, _, _ in groups], series, "{:.0f}")
    axes.set_xlabel("mask (¬: inverted)")
    axes.set_ylabel("accuracy (%)")
    axes.set_ylim(0, 115)
    axes.set_yticks(range(0, 101, 20))
    axes.legend(title="inputs", ncols=2, loc="upper center", bbox_to_anchor=(0.5, 1.25))
    return figure, caption(selection, [entry for row in series.values() for entry in row])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw))
