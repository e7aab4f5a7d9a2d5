"""Share of the layer against change of the accuracy, for every sub-cluster of the first seed, coloured by kind."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from clusters import in_order
from drawing import PALETTE, draw_legend, run
from tables import Selection

#: Kinds of sub-clusters in the order of the legend.
KINDS = (
    "important",
    "sig-but-not-diff",
    "diff-but-not-sig",
    "prunable",
    "least-important",
    "other",
    "small",
    "complete",
)


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    kinds = selection.values_by_seed("taxonomy", "member")
    seed = min(kinds, key=int)
    stage = in_order(list({row["stage"] for row in kinds[seed]}))[-1]
    names = {row["partition"] for row in kinds[seed] if not row["partition"].startswith("shuffled")}
    partition = "weights-k8" if "weights-k8" in names else min(names)
    points: dict[tuple[str, str], dict[str, float]] = {}
    for metric in ("proportion", "accuracy_change"):
        for row in selection.values_by_seed("sub_cluster", metric)[seed]:
            if (row["stage"], row["partition"]) == (stage, partition):
                place = points.setdefault((row["layer"], row["cluster"]), {})
                place[metric] = 100 * float(row["value"])
    category = {
        (row["layer"], row["cluster"]): row["category"]
        for row in kinds[seed]
        if (row["stage"], row["partition"]) == (stage, partition)
    }
    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    colours = dict(zip(KINDS, (*PALETTE, "0.7", "black"), strict=True))
    for kind in KINDS:
        places = [place for place in points if category[place] == kind]
        if not places:
            continue
        axes.scatter(
            [points[place]["proportion"] for place in places],
            [points[place]["accuracy_change"] for place in places],
            color=colours[kind],
            label=kind,
            s=28,
        )
        for layer, cluster in places if kind == "important" else ():
            point = points[(layer, cluster)]
            number = int(layer.rpartition(".")[2]) + 1
            axes.annotate(
                f"{number}-{cluster}",
                (point["proportion"], point["accuracy_change"]),
                xytext=(4, 3),
                textcoords="offset points",
                fontsize=8,
            )
    axes.set_xlabel("share of the layer's units (%)")
    axes.set_ylabel("change of the accuracy (points)")
    axes.grid(color="0.88")
    draw_legend(figure, axes)
    parts = [selection.study, selection.variant, f"{selection.profile} profile", stage, partition]
    return figure, f"{', '.join(parts)}; seed {seed}"


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="cluster-importance", variant="mlp-fashion-dropout"))
