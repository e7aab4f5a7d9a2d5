"""Absolute weights between all units of the first seed's network, in the order of their clusters."""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from clusters import first_run, ordered_graph
from drawing import run
from tables import Selection

#: Rows and columns of the picture: each shows the largest weight of its square.
SIDE = 600


def reduced(matrix: np.ndarray, side: int) -> np.ndarray:
    """Returns a smaller matrix, the largest element of every square."""
    size = min(side, len(matrix))
    edges = np.linspace(0, len(matrix), size + 1).astype(int)
    rows = np.maximum.reduceat(matrix, edges[:-1], axis=0)
    return np.maximum.reduceat(rows, edges[:-1], axis=1)


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    partition, matrix, ends = ordered_graph(first_run(selection))
    figure, axes = plt.subplots(figsize=(5.6, 5.6), layout="constrained")
    image = reduced(matrix, SIDE)
    extent = (0, len(matrix), len(matrix), 0)
    positive = matrix[matrix > 0]
    high = float(np.quantile(positive, 0.99)) if len(positive) else 1
    axes.imshow(image, cmap="Greys", vmin=0, vmax=high, extent=extent, interpolation="nearest")
    for end in ends[:-1]:
        axes.axhline(end, color="#D55E00", linewidth=0.5)
        axes.axvline(end, color="#D55E00", linewidth=0.5)
    axes.set_xlabel("unit, by cluster")
    axes.set_ylabel("unit, by cluster")
    parts = [f"{selection.study}, {selection.profile} profile, variant {selection.variant}"]
    return figure, "; ".join([*parts, f"{partition}, first seed, |w| of units that have edges"])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="clusterability", variant="fashion-dropout"))
