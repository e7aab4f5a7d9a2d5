"""Area under the curve of logits against the weights that are needed, by estimator and unit."""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from drawing import caption, draw_matrix, run
from tables import Selection, Summary, SummaryTable, TableError

TABLE = "planted_truth"
UNIT = "mask.unit"
STAGES = ("first", "second")
#: The study of units with settings of their own, whose variants are named `<unit>-<estimator>`.
FURTHER = "planted-units"


def worse(table: SummaryTable, **keys: str) -> Summary:
    """Returns the area, in per cent, of the sub-task whose weights are found worse."""
    both = [table.summary("auroc", stage=stage, layer="all", **keys) for stage in STAGES]
    return min(both, key=lambda entry: entry.mean).scaled(100)


def further(selection: Selection, estimator: str) -> dict[str, Summary]:
    """Returns what the study of further units has of an estimator, by unit; nothing if it was not run."""
    shown = selection.of(FURTHER)
    try:
        variants = shown.variants(TABLE)
    except TableError:
        return {}
    names = {
        variant: variant.removesuffix(f"-{estimator}").replace("-and-", " × ")
        for variant in variants
        if variant.endswith(f"-{estimator}")
    }
    return {unit: worse(shown.of(FURTHER, name).table(TABLE)) for name, unit in names.items()}


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    cells: dict[str, dict[str, Summary]] = {}
    for variant in selection.variants(TABLE):
        table = selection.of(selection.study, variant, selection.where).table(TABLE)
        cells[variant] = {unit: worse(table, **{UNIT: unit}) for unit in table.values(UNIT)}
        cells[variant] |= further(selection, variant)
    units = list(dict.fromkeys(unit for row in cells.values() for unit in row))
    nothing = Summary(0, 0, float("nan"), None)
    figure, axes = plt.subplots(
        figsize=(2.6 + 1.1 * len(units), 1.6 + 0.6 * len(cells)), layout="constrained"
    )
    rows = [[row.get(unit, nothing) for unit in units] for row in cells.values()]
    labels = [unit.replace(" × ", "\n× ") for unit in units]
    draw_matrix(axes, list(cells), labels, rows, low=50, font_size=9)
    axes.set_xlabel("unit")
    finite = [cell for row in rows for cell in row if np.isfinite(cell.mean)]
    others = f"; blocks and products of two units: {FURTHER}" if "block" in units else ""
    text = f"{caption(selection, finite)}; in %, of the sub-task found worse; 50: chance"
    return figure, text + others


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="planted-separate"))
