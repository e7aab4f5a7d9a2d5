"""Says in words and numbers what is to be seen in a figure, from what was drawn."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch

#: Values of a bar chart or matrix that are said one by one; of more the least and the greatest.
MOST_VALUES = 60

#: Points of a line that are said.
MOST_POINTS = 8

#: Length of a whole text.
LONGEST = 1800


def describe(figure: Figure) -> str:
    """Returns the text for readers who do not see the figure."""
    parts = [text for axes in figure.axes if axes.get_visible() and (text := describe_axes(axes))]
    text = " ".join(parts).replace("\n", " ")
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rsplit('; ', 1)[0]}; and more."


def describe_axes(axes: Axes) -> str:
    """Returns what one coordinate system shows; empty for one without content, such as a colour bar."""
    bars = [entry for entry in axes.containers if isinstance(entry, BarContainer)]
    images = [entry for entry in axes.images if isinstance(entry, AxesImage)]
    meshes = [entry for entry in axes.collections if isinstance(entry, QuadMesh)]
    points = [entry for entry in axes.collections if isinstance(entry, PathCollection)]
    steps = [entry for entry in axes.patches if isinstance(entry, StepPatch)]
    lines = [line for line in axes.lines if is_curve(line)]
    if bars:
        shown = describe_bars(axes, bars)
    elif images:
        shown = " ".join(describe_image(axes, image) for image in images)
    elif meshes and not is_colour_bar(axes):
        shown = " ".join(picture(np.asarray(mesh.get_array())) for mesh in meshes)
    elif steps:
        shown = "; ".join(map(describe_steps, steps))
    elif lines or points:
        shown = "; ".join([*map(describe_line, lines), *map(describe_points, points)])
    elif any(text.get_text() for text in axes.texts):
        words = dict.fromkeys(" ".join(text.get_text().split()) for text in axes.texts)
        shown = "a drawing with the words " + ", ".join(word for word in words if word)
    else:
        return ""
    title = f"{axes.get_title()}: " if axes.get_title() else ""
    labels = [
        f"{name} axis: {label}"
        for name, label in (("Horizontal", axes.get_xlabel()), ("vertical", axes.get_ylabel()))
        if label
    ]
    return f"{title}{'; '.join([*labels, shown])}."


def tick_names(axis: Axis) -> list[str]:
    """Returns what stands at the ticks, also where coordinate systems that share an axis write it once."""
    return axis.get_major_formatter().format_ticks(axis.get_ticklocs())


def is_colour_bar(axes: Axes) -> bool:
    """Tells scales of colours from what they explain."""
    return axes.get_label() == "<colorbar>"


def is_curve(line: Line2D) -> bool:
    """Tells lines that show data from marks across bars and from frames."""
    return not str(line.get_label()).startswith("_") or len(line.get_xdata()) > 2


def describe_bars(axes: Axes, bars: Sequence[BarContainer]) -> str:
    """Returns the heights of bars by group, with the names of the groups and the marks of controls."""
    ticks = axes.get_xticks()
    names = tick_names(axes.xaxis)
    marks = {
        float(np.mean(line.get_xdata())): float(line.get_ydata()[0])
        for line in axes.lines
        if not is_curve(line) and len(line.get_xdata()) == 2
    }
    count = sum(len(container.patches) for container in bars)
    parts = []
    for container in bars:
        label = str(container.get_label())
        prefix = "" if label.startswith("_") else f"{label}: "
        heights = [patch.get_height() for patch in container.patches]
        if count > MOST_VALUES or not heights:
            parts.append(prefix + extent(heights))
            continue
        values = []
        for patch in container.patches:
            centre = patch.get_x() + patch.get_width() / 2
            near = int(np.argmin(np.abs(np.asarray(ticks) - centre))) if len(ticks) else 0
            name = names[near] if near < len(names) and names[near] else number(centre)
            mark = next((y for x, y in marks.items() if abs(x - centre) < patch.get_width() / 4), None)
            control = "" if mark is None else f" (mark at {number(mark)})"
            values.append(f"{name} {number(patch.get_height())}{control}")
        parts.append(prefix + ", ".join(values))
    return "bars: " + "; ".join(parts)


def describe_image(axes: Axes, image: AxesImage) -> str:
    """Returns the cells of a matrix with the names of rows and columns, of a picture its size."""
    values = np.ma.filled(np.ma.asarray(image.get_array(), dtype=float), np.nan)
    rows, columns = tick_names(axes.yaxis), tick_names(axes.xaxis)
    if values.ndim != 2 or values.shape != (len(rows), len(columns)):
        return picture(values)
    if values.size > MOST_VALUES and np.isfinite(values).any():
        places = (np.unravel_index(found, values.shape) for found in (np.nanargmin(values), np.nanargmax(values)))
        ends = (f"{number(values[at])} at {rows[at[0]]}, {columns[at[1]]}" for at in places)
        return f"a matrix of {len(rows)} rows and {len(columns)} columns, from {' to '.join(ends)}"
    cells = [
        f"{row}: " + ", ".join(f"{name} {number(x)}" for name, x in zip(columns, entries))
        for row, entries in zip(rows, values)
    ]
    return "matrix: " + "; ".join(cells)


def picture(values: np.ndarray) -> str:
    """Returns size and range of what is shown by colours."""
    size = f"a picture of {values.shape[0]} rows and {values.shape[1]} columns"
    return size if values.ndim > 2 else f"{size}, {extent(values)}"


def describe_steps(steps: StepPatch) -> str:
    """Returns the course of a histogram: the sums over tenths of its range."""
    values, edges, _ = steps.get_data()
    heights, places = np.asarray(values, dtype=float), np.asarray(edges, dtype=float)
    tenths = np.linspace(places[0], places[-1], 11)
    parts = [
        f"{number(low)} to {number(high)}: "
        + number(heights[(places[:-1] >= low) & (places[:-1] < high)].sum())
        for low, high in zip(tenths, tenths[1:])
    ]
    return "histogram: " + ", ".join(parts)


def describe_line(line: Line2D) -> str:
    """Returns the course of a line."""
    x = np.asarray(line.get_xdata(), dtype=float)
    y = np.asarray(line.get_ydata(), dtype=float)
    label = str(line.get_label())
    prefix = "line" if label.startswith("_") else label
    if not len(x):
        return f"{prefix}: no points"
    chosen = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).round().astype(int))
    course = ", ".join(f"{number(y[index])} at {number(x[index])}" for index in chosen)
    return f"{prefix}: {course}"


def describe_points(points: PathCollection) -> str:
    """Returns the number and the ranges of scattered points."""
    places = np.asarray(points.get_offsets(), dtype=float).reshape(-1, 2)
    label = str(points.get_label())
    prefix = "points" if label.startswith("_") else label
    if not len(places):
        return f"{prefix}: none"
    return (
        f"{prefix}: {len(places)} points, horizontally {extent(places[:, 0])}, "
        f"vertically {extent(places[:, 1])}"
    )


def extent(values: Sequence[float] | np.ndarray) -> str:
    """Returns the least and the greatest of some values."""
    finite = np.asarray(values, dtype=float)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return "no finite value"
    return f"from {number(finite.min())} to {number(finite.max())}"


def number(value: float) -> str:
    """Returns a number with three significant digits."""
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return "0" if text.strip("-0.") == "" else text
