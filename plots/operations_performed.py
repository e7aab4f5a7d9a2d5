"""Which operation the masked networks perform, by the operation they are asked for (Figs. 2 and 10).

With `--mode inverse` the masks are inverted.
"""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import caption, draw_matrix, run
from tables import Selection

MASKS = {"full": "mask of both", "add": "mask of +", "mul": "mask of ×"}
OPERATIONS = ("add", "mul")
SYMBOLS = {"add": "+", "mul": "×"}


def draw(selection: Selection, mode: str = "mask") -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("confusion")
    found = table.values("predicted", metric="rate", mask_mode=mode)
    columns = [*OPERATIONS, *(name for name in found if name not in OPERATIONS)]
    figure, panels = plt.subplots(
        1, len(MASKS), figsize=(8.4, 2.9), sharey=True, layout="constrained"
    )
    used = []
    for axes, (stage, title) in zip(panels, MASKS.items()):
        cells = [
            [
                table.summary(
                    "rate", stage=stage, mask_mode=mode, true=true, predicted=predicted
                ).scaled(100)
                for predicted in columns
            ]
            for true in OPERATIONS
        ]
        draw_matrix(
            axes,
            [SYMBOLS[name] for name in OPERATIONS],
            [SYMBOLS.get(name, name) for name in columns],
            cells,
        )
        axes.set_title(title if mode == "mask" else f"inverted {title}", fontsize=11)
        axes.set_xlabel("operation performed")
        used += [cell for row in cells for cell in row]
    panels[0].set_ylabel("operation asked for")
    return figure, f"% of the inputs of a row; {caption(selection, used)}"


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, options={"mode": ("mask", "inverse")}))
