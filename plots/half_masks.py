"""What masking only the early or only the late layers costs, in percentage points of accuracy."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import draw_bars, draw_legend, present, run, seeds_text
from tables import Selection, Summary, SummaryTable, summary_of

NETWORKS = {
    "SCAN\nTransformer": ("scan-transformer", "main", ()),
    "add/mul\nFNN": ("addmul-fnn", "main", ()),
    "double-add\nLSTM": ("double-add-lstm", "main", (("model.mode", "together"),)),
    "double-add\nFNN, big": ("double-add-fnn", "big", ()),
    "double-add\nFNN, small": ("double-add-fnn", "small", ()),
    "CIFAR-10\nCNN": ("cifar10-cnn", "no-dropout", ()),
}
COLOURS = {"early layers masked": "#0072B2", "late layers masked": "#E69F00"}


def drop(shown: Selection, mode: str) -> Summary:
    """Returns the drop against the whole mask, from the differences of single seeds."""
    drops = []
    for rows in shown.values_by_seed("accuracy", "accuracy").values():
        found = {
            row["mask_mode"]: float(row["value"])
            for row in rows
            if row["stage"] == "full" and row["eval_set"] == "iid"
        }
        if "mask" in found and mode in found:
            drops.append(100 * (found["mask"] - found[mode]))
    return summary_of(drops)


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    selections = {name: selection.of(*chosen) for name, chosen in NETWORKS.items()}
    tables: dict[str, SummaryTable]
    tables, lacking = present(selections, "accuracy")
    series = {
        label: [drop(selections[name], mode) for name in tables]
        for label, mode in zip(COLOURS, ("half-early", "half-late"), strict=True)
    }
    figure, axes = plt.subplots(figsize=(7, 3.8), layout="constrained")
    draw_bars(axes, list(tables), series, "{:.1f}", COLOURS)
    axes.tick_params(axis="x", labelsize=8)
    axes.axhline(0, color="0.3", linewidth=0.8)
    axes.margins(y=0.2)
    axes.set_ylabel("drop of accuracy against\nthe whole mask (points)")
    draw_legend(figure, axes)
    used = [entry for row in series.values() for entry in row]
    parts = [f"{selection.profile} profile", *seeds_text(used)]
    return figure, "; ".join([*parts, *(line.replace("\n", " ") for line in lacking)])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw))
