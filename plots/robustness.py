"""What masks are worth when removed weights come back, at random or as an adversary wants."""

import sys

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from drawing import OPERATION_NAMES, caption, draw_legend, percent_axis, run
from tables import Selection, Summary, SummaryTable

LEARNED = ("0.2", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#F0E442")
#: Names of the panels, with the rows that they show.
PANELS = {
    "single weights back": ("bernoulli", "weight"),
    "rows of weights back": ("bernoulli", "row"),
    "layers back, by an adversary": ("adversary", "layer"),
}


def curve(
    table: SummaryTable, stage: str, method: str, unit: str
) -> tuple[list[float], list[Summary]]:
    """Returns the levels and the accuracies of a stage; of an adversary the worst restart's."""
    levels = sorted(table.values("level", stage=stage, method=method, unit=unit), key=float)
    metric = "worst" if method == "adversary" else "accuracy"
    found = [table.summary("accuracy", stage=stage, method="none").scaled(100)]
    found += [
        table.summary(metric, stage=stage, method=method, unit=unit, level=level).scaled(100)
        for level in levels
    ]
    return [0, *map(float, levels)], found


def draw_panel(axes: Axes, table: SummaryTable, method: str, unit: str) -> list[Summary]:
    """Draws a line for each stage: full ones for what the network learned, broken ones for nulls."""
    shown: list[Summary] = []
    learned = [name for name in table.values("stage") if not name.startswith("never-")]
    for stage in table.values("stage"):
        levels, found = curve(table, stage, method, unit)
        is_null = stage not in learned
        means = [entry.mean for entry in found]
        # A stage for a colour; functions that were never learned are grey.
        colour = "0.55" if is_null else LEARNED[learned.index(stage) % len(LEARNED)]
        label = stage.replace("never-", "never learned: ") if is_null else stage
        style = "--s" if is_null else "-o"
        axes.plot(
            levels, means, style, color=colour, markersize=3, label=OPERATION_NAMES.get(label, label)
        )
        if found[0].std is not None:
            axes.fill_between(
                levels,
                [mean - (entry.std or 0) for mean, entry in zip(means, found, strict=True)],
                [mean + (entry.std or 0) for mean, entry in zip(means, found, strict=True)],
                color=colour,
                alpha=0.12,
                linewidth=0,
            )
        shown += found
    return shown


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("robustness")
    figure, panels = plt.subplots(1, 3, figsize=(8.4, 3.2), sharey=True, layout="constrained")
    summaries: list[Summary] = []
    for axes, (title, rows) in zip(panels, PANELS.items(), strict=True):
        summaries += draw_panel(axes, table, *rows)
        axes.set_title(title, fontsize=9)
        axes.grid(color="0.88")
        axes.set_xlabel("probability q" if rows[0] == "bernoulli" else "gradient steps")
    percent_axis(panels[0], "accuracy on the own task (%)")
    draw_legend(figure, panels[0], ncols=5, fontsize=8)
    return figure, caption(selection, summaries)


if __name__ == "__main__":
    sys.exit(run(__doc__, draw))
