"""Accuracy by class of the intact network, without each sub-cluster, and without random units, first seed."""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from clusters import in_order
from drawing import run
from layer_names import natural_order
from tables import Selection


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    seeds = selection.values_by_seed("lesion", "accuracy")
    seed = min(seeds, key=int)
    stage = in_order(list({row["stage"] for row in seeds[seed]}))[-1]
    names = sorted({row["partition"] for row in seeds[seed]}, key=natural_order)
    partition = names[0]
    rows = [
        row for row in seeds[seed] if (row["stage"], row["partition"]) == (stage, partition)
    ]
    classes = [
        *sorted({row["class"] for row in rows if row["class"].isdigit()}, key=int),
        "all",
    ]
    profiles: dict[tuple[str, int], dict[tuple[str, str], dict[str, float]]] = {}
    for row in rows:
        place = (row["layer"], int(row["cluster"]))
        lesion = profiles.setdefault(place, {}).setdefault((row["kind"], row["draw"]), {})
        lesion[row["class"]] = 100 * float(row["value"])
    intact = profiles.pop(("none", -1))["intact", "0"]
    places = sorted(profiles, key=lambda place: (natural_order(place[0]), place[1]))
    columns = min(4, len(places))
    count = -(-len(places) // columns)
    figure, grid = plt.subplots(
        count,
        columns,
        figsize=(2.4 * columns, 1.7 * count + 0.6),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    colours = {"random": "0.75", "true": "#D55E00"}
    for number, (axes, place) in enumerate(zip(grid.flat, places)):
        for (kind, _), values in sorted(profiles[place].items()):
            axes.plot(
                [values[name] for name in classes],
                color=colours[kind],
                linewidth=1.6 if kind == "true" else 0.6,
                zorder=2 if kind == "true" else 1,
            )
        axes.plot([intact[name] for name in classes], color="#009E73", linewidth=1.2, zorder=3)
        axes.set_title(f"{place[0]}, cluster {place[1]}", fontsize=8)
        axes.set_xticks(np.arange(len(classes)), classes, fontsize=7)
        # The lowest of its column, be it above an empty place.
        axes.tick_params(labelbottom=number + columns >= len(places))
        axes.set_ylim(-4, 104)
    for axes in list(grid.flat)[len(places) :]:
        axes.set_visible(False)
    figure.supylabel("accuracy (%)", fontsize=9)
    parts = [selection.study, selection.variant, f"{selection.profile} profile", stage, partition]
    text = "green: intact; red: without the sub-cluster; grey: without random units"
    return figure, f"{', '.join(parts)}; seed {seed}; {text}"


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="cluster-importance", variant="mlp-fashion"))
