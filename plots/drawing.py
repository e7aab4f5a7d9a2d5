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

from tables import Selection, Summary, TableError, argument_parser, selection

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

#: Characters of a line of a caption.
CAPTION_WIDTH = 100

STYLE: dict[Any, Any] = {
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
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
    series: dict[str, list[Summary]],
    label_format: str,
    colours: Mapping[str, Any] = COLOURS,
) -> None:
    """Draws grouped bars, one colour per operation, with the standard deviation as error bar."""
    positions = np.arange(len(labels))
    width = 0.8 / len(series)
    for number, (operation, summaries) in enumerate(series.items()):
        centres = positions + (number - (len(series) - 1) / 2) * width
        means = [summary.mean for summary in summaries]
        spreads = [summary.std or 0.0 for summary in summaries]
        axes.bar(
            centres,
            means,
            width * 0.94,
            color=colours[operation],
            label=OPERATION_NAMES.get(operation, operation),
        )
        drawn = [index for index, summary in enumerate(summaries) if summary.std is not None]
        axes.errorbar(
            [centres[index] for index in drawn],
            [means[index] for index in drawn],
            [spreads[index] for index in drawn],
            fmt="none",
            ecolor="black",
            elinewidth=1,
            capsize=3,
        )
        for centre, mean, spread in zip(centres, means, spreads):
            axes.annotate(
                label_format.format(mean),
                (centre, mean + spread),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=8,
            )
    axes.set_xticks(positions, labels)
    axes.grid(axis="y", color="0.88")


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
    counts = sorted({summary.n for summary in summaries})
    failed = max(summary.n_failed for summary in summaries)
    seeds = f"n = {counts[0]}" if len(counts) == 1 else f"n = {counts[0]} to {counts[-1]}"
    spread = "mean ± standard deviation over seeds" if counts[-1] > 1 else "one seed, no spread"
    parts = [f"{shown.study}, {shown.profile} profile", f"{spread}, {seeds}"]
    if shown.variant != "main":
        parts.insert(1, f"variant {shown.variant}")
    parts[1:1] = [f"{key} = {value}" for key, value in shown.where]
    if failed:
        parts.append(f"{failed} failed")
    return "; ".join(parts)


def save(figure: Figure, path: Path, text: str) -> None:
    """Writes the figure with its caption below."""
    text = textwrap.fill(text, CAPTION_WIDTH)
    figure.supxlabel(text, fontsize=8, color="0.35", x=0.01, ha="left")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata=OMITTED_METADATA.get(path.suffix))
    plt.close(figure)


def run(
    description: str,
    draw: Callable[[Selection], tuple[Figure, str]],
    study: str = "addmul-fnn",
    variant: str = "main",
) -> int:
    """Parses the command line, draws and saves; returns the exit code."""
    arguments = argument_parser(description, study, variant).parse_args()
    try:
        with plt.rc_context(STYLE):
            figure, text = draw(selection(arguments))
            save(figure, arguments.output, text)
    except TableError as error:
        print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        return 1
    print(arguments.output)
    return 0
