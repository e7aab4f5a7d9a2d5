"""How the confusion changes when a class is left out while masks are trained (Figs. 5 and 18)."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import caption, draw_matrix, run
from tables import Selection

#: Panels in a row.
WIDTH = 2
#: Percentage points at which the colours end.
LIMIT = 65


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws one matrix for every removed class; returns the figure with its caption."""
    table = selection.table("confusion_delta")
    removed = table.values("stage")
    classes = table.values("true")
    columns = min(WIDTH, len(removed))
    lines = -(-len(removed) // columns)
    figure, panels = plt.subplots(
        lines,
        columns,
        figsize=(max(5.2 * columns, 8), 5 * lines),
        squeeze=False,
        layout="constrained",
    )
    used = []
    for axes in panels.flat[len(removed) :]:
        axes.set_visible(False)
    for axes, stage in zip(panels.flat, removed):
        cells = [
            [
                table.summary("delta", stage=stage, true=true, predicted=predicted).scaled(100)
                for predicted in classes
            ]
            for true in classes
        ]
        draw_matrix(
            axes,
            classes,
            classes,
            cells,
            colours="RdBu",
            low=-LIMIT,
            high=LIMIT,
            text_format="{:+.0f}",
            font_size=6,
        )
        axes.set_title(f"without {stage}", fontsize=11)
        axes.set_xlabel("prediction")
        axes.tick_params(axis="x", rotation=90)
        used += [cell for row in cells for cell in row]
    figure.supylabel("class of the image")
    return figure, f"change of the prediction in percentage points; {caption(selection, used)}"


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="cifar10-cnn", variant="no-dropout"))
