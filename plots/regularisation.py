"""Accuracy under the mask of the complete task by the strength of the regulariser (Fig. 7)."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import caption, legend_above, run
from tables import Selection


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    accuracy = selection.table("accuracy")
    layers = selection.table("layer_stats")
    key = next((name for name in accuracy.header if name in ("mask.beta", "mask_beta")), "")
    strengths = sorted(accuracy.values(key), key=float) if key else []
    chosen = {"stage": "full", "mask_mode": "mask", "eval_set": "iid"}
    points = [
        accuracy.summary("accuracy", **chosen, **{key: beta}).scaled(100) for beta in strengths
    ]
    controls = [
        accuracy.summary("accuracy", **{**chosen, "mask_mode": "random", key: beta}).scaled(100)
        for beta in strengths
    ]
    shared = [
        layers.summary("shared_frac", stage="add", layer="all", **{key: beta}).scaled(100)
        for beta in strengths
    ]
    figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
    places = [float(beta) for beta in strengths]
    axes.errorbar(
        places,
        [point.mean for point in points],
        [point.std or 0 for point in points],
        fmt="none",
        ecolor="0.3",
        capsize=3,
        linewidth=1,
    )
    dots = axes.scatter(
        places,
        [point.mean for point in points],
        c=[entry.mean for entry in shared],
        cmap="viridis",
        s=60,
        zorder=3,
        label="mask of the complete task",
    )
    axes.plot(
        places,
        [entry.mean for entry in controls],
        "_",
        color="0.35",
        markersize=11,
        markeredgewidth=1.2,
        label="random mask of the same size",
    )
    figure.colorbar(dots, label="weights of + shared with × (%)")
    axes.set_xscale("log")
    axes.set_xlabel("strength of the regulariser β")
    axes.set_ylabel("accuracy (%)")
    axes.set_ylim(-3, 105)
    axes.grid(color="0.88")
    legend_above(figure, ncols=2)
    return figure, caption(selection, points)


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="addmul-fnn-beta", variant="medium"))
