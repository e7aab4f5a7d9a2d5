"""Further loss of accuracy by the first of two sub-clusters when the second one is silent, first seed; on the
diagonal the loss by one alone."""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from clusters import in_order
from drawing import run
from layer_names import natural_order
from tables import Selection, TableError


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    alone = selection.values_by_seed("sub_cluster", "accuracy_change")
    seed = min(alone, key=int)
    stage = in_order(list({row["stage"] for row in alone[seed]}))[-1]
    partition = min((row["partition"] for row in alone[seed]), key=natural_order)
    losses = {}
    for row in alone[seed]:
        if (row["stage"], row["partition"]) == (stage, partition):
            number = int(row["layer"].rpartition(".")[2]) + 1
            losses[f"{number}-{row['cluster']}"] = -100 * float(row["value"])
    cells: dict[str, dict[tuple[str, str], float]] = {}
    for metric in ("delta", "p"):
        rows = selection.values_by_seed("pair_lesion", metric).get(seed, [])
        cells[metric] = {
            (row["first"], row["second"]): float(row["value"])
            for row in rows
            if (row["stage"], row["partition"]) == (stage, partition)
        }
    names = sorted({first for first, _ in cells["delta"]}, key=natural_order)
    if not names:
        raise TableError("fewer than two sub-clusters are important: there are no pairs")
    matrix = np.array(
        [
            [
                losses[first] if first == second else 100 * cells["delta"][first, second]
                for second in names
            ]
            for first in names
        ]
    )
    size = 0.42 * len(names) + 2
    figure, axes = plt.subplots(figsize=(size + 0.6, size), layout="constrained")
    bound = float(np.abs(matrix).max()) or 1
    image = axes.imshow(matrix, cmap="RdBu_r", vmin=-bound, vmax=bound)
    for row, first in enumerate(names):
        for column, second in enumerate(names):
            mark = ""
            if first != second:
                p = cells["p"][first, second]
                mark = "*" if p <= 1 / 50 else "?" if p == 1 else ""
            axes.text(
                column,
                row,
                f"{matrix[row, column]:.1f}{mark}",
                ha="center",
                va="center",
                fontsize=6,
                color="white" if abs(matrix[row, column]) > 0.6 * bound else "black",
            )
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_xlabel("second, silent")
    axes.set_ylabel("first")
    figure.colorbar(image, ax=axes, shrink=0.7, label="further loss of accuracy (points)")
    parts = [selection.study, selection.variant, f"{selection.profile} profile", stage, partition]
    text = "*: more than all random units; ?: less than all"
    return figure, f"{', '.join(parts)}; seed {seed}; {text}"


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="cluster-dependency", variant="mlp-fashion-dropout"))
