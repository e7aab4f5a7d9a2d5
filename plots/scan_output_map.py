"""Map of the output layer's weights that the mask of jump removes, of the first seed (Fig. 4b)."""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from drawing import legend_above, run
from masks import logits
from scan_output_removed import ACTIONS
from tables import Selection, TableError

#: Inputs of the output layer in one line of the map.
WIDTH = 100
COLOURS = {"not needed for the complete task": "white", "kept": "#9ecae1", "removed": "#08306b"}


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    folders = selection.runs()
    if not folders:
        raise TableError(f"{selection.study} has no complete run of this selection")
    full, jump = (
        next(array for name, array in logits(folders[0], stage).items() if "output" in name)
        for stage in ("full", "jump")
    )
    # 0: not in the full mask, 1: in both, 2: removed by that of jump.
    state = np.where(full > 0, np.where(jump > 0, 1, 2), 0)
    inputs = state.shape[1]
    lines = -(-inputs // WIDTH)
    figure, panels = plt.subplots(
        lines, 1, figsize=(8, 0.6 + 1.5 * lines), squeeze=False, layout="constrained"
    )
    for line, axes in enumerate(panels.flat):
        part = state[:, line * WIDTH : (line + 1) * WIDTH]
        axes.pcolormesh(
            np.arange(part.shape[1] + 1) + line * WIDTH,
            np.arange(part.shape[0] + 1),
            part,
            cmap=ListedColormap(list(COLOURS.values())),
            vmin=0,
            vmax=2,
            edgecolors="0.8",
            linewidth=0.3,
        )
        axes.invert_yaxis()
        axes.set_yticks(np.arange(len(ACTIONS)) + 0.5, ACTIONS, fontsize=8)
        axes.tick_params(length=0)
    panels.flat[-1].set_xlabel("input of the output layer")
    legend_above(
        figure,
        handles=[
            Patch(facecolor=colour, edgecolor="0.5", label=label)
            for label, colour in COLOURS.items()
        ],
        ncols=3,
    )
    seed = int(folders[0].name.removeprefix("seed-"))
    return figure, f"{selection.study}, {selection.profile} profile; seed {seed}"


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="scan-lstm"))
