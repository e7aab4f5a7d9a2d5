"""Accuracy on both operations, or both pairs, under each mask and its inverse (Figs. 3, 8 and 13).

With `--inverse inverse-io-full` or `inverse-io-ones` first and last layer are not inverted but have
the mask of the complete task, or all weights.
"""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import caption, draw_bars, draw_legend, percent_axis, run
from tables import Selection, Summary, SummaryTable

#: Short labels of the stages.
SYMBOLS = {"add": "+", "mul": "×", "pair1": "pair 1", "pair2": "pair 2"}
#: The control of each mask: random weights, as many in each layer.
CONTROLS = {"mask": "random"}


def accuracy(table: SummaryTable, stage: str, mode: str, eval_set: str) -> Summary:
    """Returns an accuracy in percent."""
    return table.summary("accuracy", stage=stage, mask_mode=mode, eval_set=eval_set).scaled(100)


def draw(selection: Selection, inverse: str = "inverse") -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("accuracy")
    operations = table.stages()
    groups = [("full", "full", "mask")]
    for stage in operations:
        groups.append((SYMBOLS.get(stage, stage), stage, "mask"))
        groups.append((f"¬{SYMBOLS.get(stage, stage)}", stage, inverse))
    series = {
        operation: [accuracy(table, stage, mode, operation) for _, stage, mode in groups]
        for operation in operations
    }
    controls = {
        operation: [control(table, stage, mode, operation) for _, stage, mode in groups]
        for operation in operations
    }
    figure, axes = plt.subplots(figsize=(6, 3.8), layout="constrained")
    draw_bars(axes, [label for label, _, _ in groups], series, "{:.0f}", controls=controls)
    axes.set_xlabel("mask (¬: inverted)" if inverse == "inverse" else f"mask (¬: {inverse})")
    percent_axis(axes, "accuracy (%)")
    draw_legend(figure, axes, "random mask of the same size")
    return figure, caption(selection, [entry for row in series.values() for entry in row])


def control(table: SummaryTable, stage: str, mode: str, eval_set: str) -> Summary | None:
    """Returns the accuracy under the random mask of the same size, where there is one."""
    other = CONTROLS.get(mode)
    if other is None or not table.has("accuracy", stage=stage, mask_mode=other, eval_set=eval_set):
        return None
    return accuracy(table, stage, other, eval_set)


if __name__ == "__main__":
    sys.exit(
        run(
            __doc__,
            draw,
            options={"inverse": ("inverse", "inverse-io-full", "inverse-io-ones")},
        )
    )
