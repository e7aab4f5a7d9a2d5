"""What the figures have in common: colours, bars, matrices, captions, and saving."""

import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tables import Selection, Summary, SummaryTable, TableError, argument_parser, selection

#: Okabe and Ito's colours, distinguishable with every common form of colour blindness.
COLOURS = {
    "add": "#0072B2",
    "mul": "#E69F00",
    "pair1": "#0072B2",
    "pair2": "#E69F00",
    "full": "#56B4E9",
    "split": "#D55E00",
    "removed": "#CC79A7",
}
OPERATION_NAMES = {
    "add": "addition",
    "mul": "multiplication",
    "pair1": "pair 1",
    "pair2": "pair 2",
    "full": "mask of the complete task",
    "split": "mask of the split's training set",
    "removed": "removed by the mask",
}

#: Colours of what has none of its own.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")

#: Mean width of a caption's characters in inches.
CAPTION_CHARACTER = 0.06

STYLE: dict[Any, Any] = {
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
    "svg.hashsalt": "modlab",
}

#: Dates and versions that are left out, so that equal data give equal bytes.
OMITTED_METADATA: dict[str, dict[str, None]] = {
    ".pdf": {"CreationDate": None},
    ".png": {"Software": None},
    ".svg": {"Date": None},
}


def draw_bars(
    axes: Axes,
    labels: Sequence[str],
    series: Mapping[str, Sequence[Summary]],
    label_format: str,
    colours: Mapping[str, Any] = COLOURS,
    controls: Mapping[str, Sequence[Summary | None]] | None = None,
) -> None:
    """Draws grouped bars, one colour per name, with the standard deviation as error bar.

    A control, where there is one, is a thin mark across the bar. Values that are not finite are left
    out.
    """
    positions = np.arange(len(labels))
    width = 0.8 / len(series)
    texts = [label_format.format(entry.mean) for row in series.values() for entry in row]
    tops = [entry.mean for row in series.values() for entry in row if np.isfinite(entry.mean)]
    if not tops:
        raise TableError("there are no values to draw: all seeds lack one")
    highest = max(*tops, 0.0)
    size, angle = label_style(axes, texts, len(labels) * len(series) / 0.8)
    for number, (name, summaries) in enumerate(series.items()):
        centres = positions + (number - (len(series) - 1) / 2) * width
        colour = colours[name] if name in colours else PALETTE[number % len(PALETTE)]
        marks = (controls or {}).get(name, ())
        finite = [index for index, entry in enumerate(summaries) if np.isfinite(entry.mean)]
        axes.bar(
            centres[finite],
            [summaries[index].mean for index in finite],
            width * 0.94,
            color=colour,
            label=OPERATION_NAMES.get(name, name),
        )
        for index in finite:
            mean, spread = summaries[index].mean, summaries[index].std
            top = max(mean + (spread or 0), 0)
            mark = marks[index] if marks else None
            # A label does not stand on the mark of the control.
            if mark is not None and top < mark.mean < top + 0.14 * highest:
                top = mark.mean
            if spread is not None:
                axes.errorbar(
                    [centres[index]],
                    [mean],
                    [spread],
                    fmt="none",
                    ecolor="black",
                    elinewidth=1,
                    capsize=2,
                )
            axes.annotate(
                label_format.format(mean),
                (centres[index], top),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=size,
                rotation=angle,
            )
        for centre, control in zip(centres, marks):
            if control is not None and np.isfinite(control.mean):
                ends = [centre - width * 0.47, centre + width * 0.47]
                axes.plot(ends, [control.mean] * 2, color="white", linewidth=3, zorder=4)
                axes.plot(ends, [control.mean] * 2, color="0.35", linewidth=1.2, zorder=5)
    axes.set_xticks(positions, labels)
    axes.grid(axis="y", color="0.88")


def label_style(axes: Axes, texts: Sequence[str], slots: float) -> tuple[float, int]:
    """Returns size and angle of the labels of bars so that neighbours do not touch."""
    figure_width = axes.figure.get_size_inches()[0] * 72  # type: ignore[union-attr]
    columns = axes.get_subplotspec().get_gridspec().ncols  # type: ignore[union-attr]
    room = 0.85 * figure_width / columns / slots
    longest = max((len(text) for text in texts), default=1)
    size = min(8.0, room / (0.6 * longest))
    return (size, 0) if size >= 6 else (7.0, 90)


def percent_axis(axes: Axes, label: str) -> None:
    """Scales the vertical axis from 0 to 100 % with room for the labels of the bars."""
    axes.set_ylabel(label)
    axes.set_ylim(0, 118)
    axes.set_yticks(range(0, 101, 20))


def legend_above(figure: Figure, *entries: Any, **options: Any) -> None:
    """Draws a legend above all axes of a figure with a constrained layout.

    The room is taken from the layout by hand: matplotlib 3.6, that of Debian 12, has no place `outside`.
    """
    legend = figure.legend(*entries, loc="upper center", **options)
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    bottom = legend.get_window_extent(renderer).y0 / figure.bbox.height
    figure.get_layout_engine().set(rect=(0, 0, 1, bottom))  # type: ignore[union-attr]


def draw_legend(figure: Figure, axes: Axes, control: str | None = None, **options: Any) -> None:
    """Draws the legend of `axes` above the figure, with the mark of a control."""
    handles, labels = axes.get_legend_handles_labels()
    if control:
        handles.append(Line2D([], [], color="0.35", linewidth=1.2))
        labels.append(control)
    columns = options.pop("ncols", min(len(handles), 4))
    legend_above(figure, handles, labels, ncols=columns, **options)


def draw_matrix(
    axes: Axes,
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[Summary]],
    *,
    colours: str = "Blues",
    low: float = 0,
    high: float = 100,
    text_format: str = "{:.1f}",
    font_size: float = 10,
) -> None:
    """Draws one matrix of percentages with the spread below each."""
    means = np.array([[cell.mean for cell in row] for row in cells])
    axes.imshow(means, cmap=colours, vmin=low, vmax=high, aspect="auto")
    for row, entries in enumerate(cells):
        for column, cell in enumerate(entries):
            if not np.isfinite(cell.mean):
                continue
            text = text_format.format(cell.mean)
            if not text.strip("+-0."):
                text = text.lstrip("+-")
            if cell.std is not None:
                text += f"\n± {text_format.format(cell.std).lstrip('+')}"
            dark = abs(cell.mean) > 0.6 * high
            axes.text(
                column,
                row,
                text,
                ha="center",
                va="center",
                color="white" if dark else "black",
                fontsize=font_size,
            )
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def caption(shown: Selection, summaries: Sequence[Summary]) -> str:
    """Says what the figure shows: which runs, how many seeds, what the error bars mean."""
    parts = [f"{shown.study}, {shown.profile} profile", *seeds_text(summaries)]
    if shown.variant != "main":
        parts.insert(1, f"variant {shown.variant}")
    parts[1:1] = [f"{key} = {value}" for key, value in shown.where]
    return "; ".join(parts)


def seeds_text(summaries: Sequence[Summary]) -> list[str]:
    """Says over how many seeds means and spreads are, and how many seeds have no value."""
    counts = sorted({summary.n for summary in summaries})
    seeds = f"n = {counts[0]}" if len(counts) == 1 else f"n = {counts[0]} to {counts[-1]}"
    spread = "mean ± standard deviation over seeds" if counts[-1] > 1 else "one seed, no spread"
    failed = max(summary.n_failed for summary in summaries)
    return [f"{spread}, {seeds}", *([f"{failed} without a value"] if failed else [])]


def present(
    selections: Mapping[str, Selection], table: str
) -> tuple[dict[str, SummaryTable], list[str]]:
    """Reads a table of several studies; returns those that have it, and a line on those that lack it."""
    tables: dict[str, SummaryTable] = {}
    lacking: list[str] = []
    error: TableError | None = None
    for name, shown in selections.items():
        try:
            tables[name] = shown.table(table)
        except TableError as caught:
            lacking.append(name)
            error = error or caught
    if not tables and error:
        raise error
    return tables, [f"no results of {', '.join(lacking)}"] if lacking else []


def save(figure: Figure, path: Path, text: str) -> None:
    """Writes the figure with its caption below; no caption where the text is empty."""
    if text:
        # `n = 3` stays in one line.
        text = text.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")
        text = textwrap.fill(text, int(figure.get_size_inches()[0] / CAPTION_CHARACTER))
        figure.supxlabel(text, fontsize=8, color="0.35", x=0.01, ha="left")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata=OMITTED_METADATA.get(path.suffix))
    plt.close(figure)


def run(
    description: str,
    draw: Callable[..., tuple[Figure, str]],
    study: str = "addmul-fnn",
    variant: str = "main",
    options: Mapping[str, Sequence[str]] | None = None,
) -> int:
    """Parses the command line, draws and saves; returns the exit code.

    `options` are the script's own, each with its values, the first of which is the default; `draw`
    gets them as keywords.
    """
    parser = argument_parser(description, study, variant)
    for name, values in (options or {}).items():
        parser.add_argument(f"--{name.replace('_', '-')}", choices=values, default=values[0])
    arguments = parser.parse_args()
    given = {name: getattr(arguments, name) for name in options or {}}
    try:
        with plt.rc_context(STYLE):
            figure, text = draw(selection(arguments), **given)
            save(figure, arguments.output, text)
    except TableError as error:
        print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        return 1
    print(arguments.output)
    return 0
