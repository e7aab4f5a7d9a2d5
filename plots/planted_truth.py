"""Area under the curve of logits against the weights that are needed, by estimator and unit."""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from drawing import caption, draw_matrix, run
from tables import Selection, Summary

UNIT = "mask.unit"
STAGES = ("first", "second")


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    variants = selection.variants("planted_truth")
    cells: list[list[Summary]] = []
    units: list[str] = []
    for variant in variants:
        table = selection.of(selection.study, variant, selection.where).table("planted_truth")
        units = units or table.values(UNIT)
        rows = []
        for unit in units:
            keys = {UNIT: unit, "layer": "all"}
            both = [table.summary("auroc", stage=stage, **keys) for stage in STAGES]
            # The sub-task whose weights are found worse.
            rows.append(min(both, key=lambda entry: entry.mean).scaled(100))
        cells.append(rows)
    figure, axes = plt.subplots(
        figsize=(2.6 + 1.1 * len(units), 1.6 + 0.6 * len(variants)), layout="constrained"
    )
    draw_matrix(axes, variants, units, cells, low=50, font_size=9)
    axes.set_xlabel("unit")
    finite = [cell for row in cells for cell in row if np.isfinite(cell.mean)]
    return figure, f"{caption(selection, finite)}; in %, of the sub-task found worse; 50: chance"


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="planted-separate"))
