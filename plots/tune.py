"""The search of 'modlab tune' for the strength of the regulariser: accuracy and size of masks against β."""

import argparse
import csv
import sys
from collections import defaultdict
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from drawing import PALETTE, STYLE, legend_above, save

MARKS = {"bracket": "o", "bisection": "s", "validity": "^"}

Rows = list[dict[str, str]]


def searches(path: Path) -> dict[str, Rows]:
    """Reads tune.csv: the rows of every configuration."""
    found: dict[str, Rows] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found[f"{row['configuration']} ({row['profile']})"].append(row)
    return found


def draw_points(axes: Axes, rows: Rows, column: str, label: str) -> None:
    """Draws one value against β: a mark for every seed, by the reason why the point was computed."""
    steps = max(int(row["steps"]) for row in rows)
    for number, (purpose, mark) in enumerate(MARKS.items()):
        # Points with fewer steps than the search has come to are hollow.
        for is_full in (True, False):
            chosen = [
                row
                for row in rows
                if row["purpose"] == purpose and (int(row["steps"]) == steps) == is_full
            ]
            if chosen:
                axes.plot(
                    [float(row["beta"]) for row in chosen],
                    [100 * float(row[column]) for row in chosen],
                    mark,
                    color=PALETTE[number],
                    markerfacecolor=PALETTE[number] if is_full else "none",
                    label=purpose if is_full else f"{purpose}, fewer steps",
                )
    found = rows[0]["found_beta"]
    if found:
        axes.axvline(float(found), color="0.3", linestyle=":")
    axes.set_xscale("log")
    # The β of a search lie within two decades, where matplotlib labels all minor ticks, one over the other.
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda beta, _: f"{beta:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("β")
    axes.set_ylabel(label)
    axes.grid(color="0.88")


def draw(found: dict[str, Rows]) -> tuple[Figure, str]:
    """Draws a row of two panels for every configuration; returns the figure with its caption."""
    figure, grid = plt.subplots(
        len(found), 2, figsize=(8.4, 3.4 * len(found)), layout="constrained", squeeze=False
    )
    for panels, (name, rows) in zip(grid, found.items(), strict=True):
        draw_points(panels[0], rows, "drop", "loss of accuracy (%)")
        draw_points(panels[1], rows, "kept_frac", "kept weights (%)")
        panels[0].set_title(name, loc="left", fontsize=9)
    handles, labels = grid[0][0].get_legend_handles_labels()
    legend_above(figure, handles, labels, ncols=5)
    study = next(iter(found.values()))[0]["study"]
    seeds = len({row["seed"] for rows in found.values() for row in rows})
    return figure, f"{study}; mask of the complete task; n = {seeds}; dotted: the β that was found"


def main() -> int:
    """Draws the table that is named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path, help="tune.csv in the folder of the study NAME-tune")
    parser.add_argument("--output", type=Path, default=Path("tune.png"), help="the picture")
    arguments = parser.parse_args()
    found = searches(arguments.table)
    if not found:
        print(f"tune.py: {arguments.table} has no rows", file=sys.stderr)
        return 1
    with plt.rc_context(STYLE):
        figure, text = draw(found)
        save(figure, arguments.output, text)
    print(arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
