"""Histogram of the keep probabilities of the masks of the complete task, over all seeds (Fig. 6).

`--version without-zero` leaves out probabilities up to 2e-4 and has a linear axis (Fig. 6a);
`--version all` has all of them and a logarithmic axis (Fig. 6b).
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from drawing import run
from masks import SMALLEST_PROBABILITY, probabilities
from tables import Selection, TableError

BINS = 500
NETWORKS = {
    "addition and multiplication, FNN": ("addmul-fnn", "main", ()),
    "addition and multiplication, LSTM": ("addmul-lstm", "main", ()),
    "double addition, FNN": ("double-add-fnn", "big", ()),
    "double addition, LSTM": ("double-add-lstm", "main", (("model.mode", "together"),)),
}


def draw(selection: Selection, version: str = "without-zero") -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    figure, panels = plt.subplots(2, 2, figsize=(8, 5.2), sharex=True, layout="constrained")
    notes = []
    for axes, (title, chosen) in zip(panels.flat, NETWORKS.items(), strict=True):
        axes.set_title(title, fontsize=10)
        try:
            runs = selection.of(*chosen).runs()
            found = [probabilities(folder, "full") for folder in runs]
        except TableError:
            found = []
        if not found:
            notes.append(f"no results of {chosen[0]}")
            axes.text(0.5, 0.5, "no results", ha="center", va="center", transform=axes.transAxes)
            continue
        values = np.concatenate(found)
        undecided = np.mean((values > 0.1) & (values < 0.9))
        shown = values[values > SMALLEST_PROBABILITY] if version == "without-zero" else values
        counts, edges = np.histogram(shown, bins=BINS, range=(0, 1))
        axes.stairs(counts / len(found), edges, fill=True, color="#0072B2")
        if version == "all":
            axes.set_yscale("log")
        axes.text(
            0.5,
            0.94,
            f"{100 * undecided:.0f} % between .1 and .9; n = {len(found)}",
            ha="center",
            va="top",
            transform=axes.transAxes,
            fontsize=8,
        )
    for axes in panels[-1]:
        axes.set_xlabel("keep probability")
    for axes in panels[:, 0]:
        axes.set_ylabel("weights per seed (count)")
    if len(notes) == len(NETWORKS):
        raise TableError("; ".join(notes))
    if version == "without-zero":
        notes.insert(0, f"without probabilities up to {SMALLEST_PROBABILITY:g}")
    return figure, "; ".join([f"{selection.profile} profile, mean over seeds", *notes])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, options={"version": ("without-zero", "all")}))
