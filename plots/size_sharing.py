"""Percentage of addition's weights that multiplication shares, by the size of the network (Fig. 9)."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import draw_bars, draw_legend, percent_axis, present, run, seeds_text
from tables import Selection

SIZES = ("small", "medium", "big", "huge")


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    tables, lacking = present(
        {size: selection.of(selection.study, size, selection.where) for size in SIZES},
        "layer_stats",
    )
    bars, chance = (
        [table.summary(metric, stage="add", layer="all").scaled(100) for table in tables.values()]
        for metric in ("shared_frac", "shared_frac_chance")
    )
    figure, axes = plt.subplots(figsize=(5.4, 3.8), layout="constrained")
    draw_bars(axes, list(tables), {"add": bars}, "{:.0f}", controls={"add": chance})
    axes.set_xlabel("size of the network")
    percent_axis(axes, "shared weights of + (% of the kept)")
    draw_legend(figure, axes, "independent masks of these sizes")
    parts = [f"{selection.study}, {selection.profile} profile", *seeds_text(bars), *lacking]
    return figure, "; ".join(parts)


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="addmul-fnn-size"))
