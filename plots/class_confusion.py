"""Confusion of the classes under the mask of the complete task (Fig. 17)."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import caption, draw_matrix, run
from tables import Selection


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("confusion")
    classes = table.values("true")
    cells = [
        [
            table.summary(
                "rate", stage="full", mask_mode="mask", true=true, predicted=predicted
            ).scaled(100)
            for predicted in classes
        ]
        for true in classes
    ]
    figure, axes = plt.subplots(figsize=(8, 6), layout="constrained")
    draw_matrix(axes, classes, classes, cells, text_format="{:.0f}", font_size=7)
    axes.tick_params(axis="x", rotation=45)
    axes.set_xlabel("prediction")
    axes.set_ylabel("class of the image")
    used = [cell for row in cells for cell in row]
    return figure, f"% of the images of a row; {caption(selection, used)}"


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="cifar10-cnn", variant="no-dropout"))
