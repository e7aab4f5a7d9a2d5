"""The smallest eigenvalues of a network's graph, with the gap at the numbers of clusters."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from clusters import in_order
from drawing import PALETTE, caption, draw_legend, run
from tables import Selection


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("eigenvalues")
    numbers = sorted(
        int(name.rpartition("-k")[2]) for name in selection.table("ncut").values("partition")
    )
    figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
    shown = []
    for colour, stage in zip(PALETTE, in_order(table.values("stage"))):
        indices = sorted(int(index) for index in table.values("index", stage=stage))
        values = [
            table.summary("eigenvalue", stage=stage, graph="weights", index=str(index))
            for index in indices
        ]
        shown += values
        axes.errorbar(
            indices,
            [value.mean for value in values],
            [value.std or 0 for value in values],
            fmt="o-",
            markersize=4,
            linewidth=1,
            capsize=2,
            color=colour,
            label=stage,
        )
    for k in numbers:
        axes.axvline(k + 0.5, color="0.6", linewidth=1, linestyle=":")
        axes.annotate(f"k = {k}", (k + 0.6, 0.02), xycoords=("data", "axes fraction"), fontsize=8)
    axes.set_xlabel("index")
    axes.set_ylabel("eigenvalue")
    axes.grid(axis="y", color="0.88")
    draw_legend(figure, axes)
    return figure, caption(selection, shown)


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="clusterability", variant="fashion-dropout"))
