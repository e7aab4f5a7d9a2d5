"""Weights that mask training can still sample, by step, and what rows and columns with such a weight span."""

import argparse
import csv
import sys
from collections import defaultdict
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from drawing import OPERATION_NAMES, STYLE, legend_above, save
from layer_names import layer_labels, natural_order

#: From the first layer to the last; Okabe and Ito's colours.
LAYER_COLOURS = ["#E69F00", "#0072B2", "#009E73", "#CC79A7", "#000000"]

Panel = dict[str, list[dict[str, int]]]


def panels(path: Path) -> dict[tuple[str, str], Panel]:
    """Reads the table that tools/bench/alive.py writes: by network and stage, the counts of each layer."""
    found: dict[tuple[str, str], Panel] = defaultdict(lambda: defaultdict(list))
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            counts = {key: int(value) for key, value in row.items() if value.isdigit()}
            found[row["network"], row["stage"]][row["layer"]].append(counts)
    return found


def draw_panel(axes: Axes, layers: Panel) -> None:
    """Draws both shares of every layer, in percent, from the start, where all weights are alive."""
    names = sorted(layers, key=natural_order)
    colours = [*LAYER_COLOURS[: len(names) - 1], LAYER_COLOURS[-1]]
    for name, label, colour in zip(names, layer_labels(names), colours):
        rows = sorted(layers[name], key=lambda counts: counts["step"])
        steps = [0, *(row["step"] for row in rows)]
        weights = [100.0, *(100 * row["alive"] / row["weights"] for row in rows)]
        spans = [
            100.0,
            *(100 * row["rows_alive"] * row["columns_alive"] / row["weights"] for row in rows),
        ]
        axes.plot(steps, weights, color=colour, label=label)
        axes.plot(steps, spans, color=colour, linestyle=(0, (2, 1.5)), linewidth=1)


def draw(path: Path) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    found = panels(path)
    networks = list(dict.fromkeys(network for network, _ in found))
    stages = [stage for stage in ("full", "add", "mul") if any(stage == own for _, own in found)]
    figure, grid = plt.subplots(
        len(stages),
        len(networks),
        figsize=(3.2 * len(networks), 2.3 * len(stages) + 0.8),
        layout="constrained",
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for stage, line in zip(stages, grid):
        line[0].set_ylabel(f"{OPERATION_NAMES[stage].removeprefix('mask of ')}\n% of the layer")
        for network, axes in zip(networks, line):
            axes.set_yscale("log")
            axes.set_ylim(0.4, 130)
            axes.set_yticks([1, 10, 100])
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axes.set_xlim(0, 20000)
            axes.set_xticks(range(0, 20001, 5000))
            axes.grid(color="0.9")
            if (network, stage) in found:
                draw_panel(axes, found[network, stage])
            else:
                axes.text(0.5, 0.5, "not measured", ha="center", transform=axes.transAxes)
    for network, axes in zip(networks, grid[0]):
        axes.set_title(network, fontsize=10)
    for axes in grid[-1]:
        axes.set_xlabel("step of mask training")
    most = max(grid[0], key=lambda axes: len(axes.get_legend_handles_labels()[1]))
    legend_above(figure, *most.get_legend_handles_labels(), title="layer", ncols=5)
    return figure, (
        "Addition and multiplication, feed-forward networks by their hidden layers, one seed. Solid: "
        "weights that can still be sampled; dashed: rows times columns that have such a weight"
    )


def main() -> int:
    """Draws and saves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path, help="CSV of tools/bench/alive.py")
    parser.add_argument("--output", type=Path, required=True, help="PNG, PDF or SVG to write")
    arguments = parser.parse_args()
    with plt.rc_context(STYLE):
        figure, text = draw(arguments.table)
        save(figure, arguments.output, text)
    print(arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
