"""Figure 2: which operation the masked networks perform, by the operation they are asked for."""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tables import Selection, Summary, caption, run

MASKS = {"full": "mask of both", "add": "mask of +", "mul": "mask of ×"}
OPERATIONS = ("add", "mul")
SYMBOLS = {"add": "+", "mul": "×"}


def draw_matrix(axes: Axes, columns: list[str], cells: list[list[Summary]]) -> None:
    """Draws one matrix of percentages with the spread below each."""
    means = np.array([[cell.mean for cell in row] for row in cells])
    axes.imshow(means, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    for row, entries in enumerate(cells):
        for column, cell in enumerate(entries):
            text = f"{cell.mean:.1f}"
            if cell.std is not None:
                text += f"\n± {cell.std:.1f}"
            colour = "white" if cell.mean > 60 else "black"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=10)
    axes.set_xticks(range(len(columns)), [SYMBOLS.get(name, name) for name in columns])
    axes.set_yticks(range(len(OPERATIONS)), [SYMBOLS[name] for name in OPERATIONS])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("confusion")
    found = table.values("predicted", metric="rate", mask_mode="mask")
    columns = [*OPERATIONS, *(name for name in found if name not in OPERATIONS)]
    figure, panels = plt.subplots(
        1, len(MASKS), figsize=(8.4, 2.9), sharey=True, layout="constrained"
    )
    used = []
    for axes, (stage, title) in zip(panels, MASKS.items()):
        cells = [
            [
                table.summary(
                    "rate", stage=stage, mask_mode="mask", true=true, predicted=predicted
                ).scaled(100)
                for predicted in columns
            ]
            for true in OPERATIONS
        ]
        draw_matrix(axes, columns, cells)
        axes.set_title(title, fontsize=11)
        axes.set_xlabel("operation performed")
        used += [cell for row in cells for cell in row]
    panels[0].set_ylabel("operation asked for")
    return figure, f"% of the inputs of a row; {caption(selection, used)}"


if __name__ == "__main__":
    sys.exit(run(__doc__, draw))
