"""Important sub-clusters by layer, with an arrow where a later one depends on an earlier one, first seed."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from clusters import in_order
from drawing import PALETTE, legend_above, run
from layer_names import natural_order
from tables import Selection, TableError

#: Cases that have an arrow, with its colour.
CASES = {
    1: ("1: a chain", PALETTE[0]),
    2: ("2: x reaches only y", PALETTE[1]),
    3: ("3: x feeds y and others", PALETTE[2]),
}


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    kinds = selection.values_by_seed("taxonomy", "member")
    seed = min(kinds, key=int)
    stage = in_order(list({row["stage"] for row in kinds[seed]}))[-1]
    partition = min((row["partition"] for row in kinds[seed]), key=natural_order)
    names = sorted(
        {
            f"{int(row['layer'].rpartition('.')[2]) + 1}-{row['cluster']}"
            for row in kinds[seed]
            if (row["stage"], row["partition"]) == (stage, partition)
            and row["category"] == "important"
        },
        key=natural_order,
    )
    if len(names) < 2:
        raise TableError("fewer than two sub-clusters are important: there are no pairs")
    layers: dict[int, list[str]] = {}
    for name in names:
        layers.setdefault(int(name.split("-")[0]), []).append(name)
    widest = max(len(row) for row in layers.values())
    places = {
        name: (index - (len(row) - 1) / 2 + 0.12 * (layer % 2), layer)
        for layer, row in layers.items()
        for index, name in enumerate(row)
    }
    figure, axes = plt.subplots(
        figsize=(max(5.6, 1.3 * widest + 1.5), 1.3 * (max(layers) - min(layers) + 1) + 1.2),
        layout="constrained",
    )
    counts = dict.fromkeys([*CASES, 4], 0)
    for row in selection.values_by_seed("dependency", "case").get(seed, []):
        if (row["stage"], row["partition"]) != (stage, partition):
            continue
        case = int(float(row["value"]))
        if row["x"] not in places or row["y"] not in places:
            continue
        counts[case] += 1
        if case in CASES:
            axes.annotate(
                "",
                places[row["y"]],
                places[row["x"]],
                arrowprops={
                    "arrowstyle": "-|>",
                    "color": CASES[case][1],
                    "linewidth": 1.3,
                    "shrinkA": 13,
                    "shrinkB": 13,
                    "connectionstyle": "arc3,rad=0.06",
                },
            )
    for name, (x, y) in places.items():
        axes.text(
            x,
            y,
            name,
            ha="center",
            va="center",
            bbox={"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": "0.4"},
        )
    axes.set_xlim(-widest / 2 - 0.3, widest / 2 + 0.3)
    axes.set_ylim(min(layers) - 0.5, max(layers) + 0.5)
    axes.set_yticks(sorted(layers), [f"layer {layer}" for layer in sorted(layers)])
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    handles = [Line2D([], [], color=colour, label=text) for text, colour in CASES.values()]
    legend_above(figure, handles=handles, ncols=len(handles), fontsize=8)
    parts = [selection.study, selection.variant, f"{selection.profile} profile", stage, partition]
    text = ", ".join(f"case {case}: {count}" for case, count in counts.items())
    return figure, f"{', '.join(parts)}; seed {seed}; pairs of different layers by case: {text}"


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="cluster-dependency", variant="mlp-fashion-dropout"))
