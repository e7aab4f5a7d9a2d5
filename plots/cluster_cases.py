"""The four cases of two important sub-clusters, X in an earlier layer than Y, drawn; needs no results."""

import sys

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from drawing import PALETTE, run
from tables import Selection

Point = tuple[float, float]

#: Where the sub-clusters and their neighbours stand.
PLACES: dict[str, Point] = {
    "inputs": (0, 1),
    "X": (1, 1.5),
    "Y": (2, 1.5),
    "others": (1.5, 0.4),
    "outputs": (3, 1),
}
#: Names of the cases with what is important given the other one, and their connections.
CASES: tuple[tuple[str, str, tuple[tuple[str, str], ...], bool], ...] = (
    (
        "1: neither",
        "a chain: each is lost\nwith the other",
        (("inputs", "X"), ("X", "Y"), ("Y", "outputs")),
        True,
    ),
    (
        "2: only Y given X",
        "X reaches only Y, which\nhas other inputs too",
        (("inputs", "X"), ("X", "Y"), ("inputs", "others"), ("others", "Y"), ("Y", "outputs")),
        True,
    ),
    (
        "3: only X given Y",
        "X feeds Y\nand others",
        (("inputs", "X"), ("X", "Y"), ("X", "others"), ("others", "outputs"), ("Y", "outputs")),
        True,
    ),
    (
        "4: both",
        "no conclusion: Y may\nneed X or not",
        (
            ("inputs", "X"),
            ("X", "others"),
            ("others", "Y"),
            ("inputs", "others"),
            ("others", "outputs"),
            ("Y", "outputs"),
        ),
        False,
    ),
)


def arrow(axes: Axes, start: str, end: str, *, colour: str = "0.45", style: str = "-") -> None:
    """Draws a connection."""
    axes.annotate(
        "",
        PLACES[end],
        PLACES[start],
        arrowprops={
            "arrowstyle": "-|>",
            "color": colour,
            "linestyle": style,
            "linewidth": 1.3,
            "shrinkA": 13,
            "shrinkB": 13,
        },
    )


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    figure, grid = plt.subplots(1, len(CASES), figsize=(11, 2.7), layout="constrained")
    for axes, (title, meaning, connections, has_edge) in zip(grid, CASES, strict=True):
        used = {place for connection in connections for place in connection}
        for start, end in connections:
            is_edge = has_edge and (start, end) == ("X", "Y")
            arrow(axes, start, end, colour=PALETTE[5] if is_edge else "0.45")
        if not has_edge:
            arrow(axes, "X", "Y", colour=PALETTE[5], style=":")
        for name, place in PLACES.items():
            if name not in used:
                continue
            is_sub_cluster = name in ("X", "Y")
            axes.text(
                *place,
                name,
                ha="center",
                va="center",
                fontsize=11 if is_sub_cluster else 8,
                color="white" if is_sub_cluster else "black",
                bbox={
                    "boxstyle": "round,pad=0.4",
                    "facecolor": PALETTE[0] if is_sub_cluster else "white",
                    "edgecolor": PALETTE[0] if is_sub_cluster else "0.6",
                },
            )
        axes.set_title(title, fontsize=10)
        axes.text(1.5, -0.25, meaning, ha="center", va="top", fontsize=9)
        axes.set_xlim(-0.45, 3.45)
        axes.set_ylim(-0.75, 1.95)
        axes.set_axis_off()
    return figure, (
        "Important given the other one: costs a point of accuracy and more than random units when the "
        "other one is silent already. Red: the arrow of the dependency graph; dotted: none is drawn"
    )


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="cluster-dependency", variant="mlp-fashion-dropout"))
