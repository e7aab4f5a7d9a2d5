"""Normalised cuts of networks and of their shuffles, for every variant and stage."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from clusters import in_order
from drawing import draw_legend, run, seeds_text
from tables import Selection, Summary


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    points: dict[str, list[Summary]] = {"network": [], "shuffled weights": []}
    labels: list[str] = []
    partition = ""
    for variant in selection.variants("ncut"):
        shown = selection.of(selection.study, variant, selection.where)
        cuts, shuffles = shown.table("ncut"), shown.table("ncut_shuffle")
        partitions = cuts.values("partition")
        partition = "weights-k12" if "weights-k12" in partitions else partitions[0]
        for stage in in_order(cuts.values("stage", partition=partition)):
            keys = {"stage": stage, "partition": partition}
            points["network"].append(cuts.summary("ncut", **keys))
            points["shuffled weights"].append(
                shuffles.summary("shuffled_mean", shuffle="layer", **keys)
            )
            labels.append(f"{variant}, {stage}")
    figure, axes = plt.subplots(figsize=(6.4, 0.24 * len(labels) + 1.6), layout="constrained")
    colours = {"network": "#0072B2", "shuffled weights": "0.6"}
    for name, summaries in points.items():
        axes.errorbar(
            [summary.mean for summary in summaries],
            range(len(labels)),
            xerr=[summary.std or 0 for summary in summaries],
            fmt="o",
            markersize=5,
            capsize=2,
            color=colours[name],
            label=name,
        )
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("normalised cut")
    axes.grid(axis="x", color="0.88")
    draw_legend(figure, axes)
    parts = [f"{selection.study}, {selection.profile} profile, {partition}"]
    return figure, "; ".join([*parts, *seeds_text(points["network"])])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="clusterability", variant="mnist-plain"))
