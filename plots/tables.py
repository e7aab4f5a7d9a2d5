"""Summary tables of modlab as plots need them: reading, selecting, drawing bars, saving.

Only `<table>_summary.csv` files are read. Their columns are experiment, variant, profile, any swept
keys, the keys of the table, metric, and the statistics n, n_failed, mean, std, ….
"""

import argparse
import csv
import re
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
STATISTICS = {"n", "n_failed", "mean", "std", "sem", "ci95_low", "ci95_high", "min", "max"}
IDENTITY = ("experiment", "variant", "profile")

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


class TableError(Exception):
    """Says what is missing in the results and what to do about it."""


@dataclass(frozen=True)
class Summary:
    """Mean and spread of one quantity over seeds."""

    n: int
    n_failed: int
    mean: float
    std: float | None

    def scaled(self, factor: float) -> "Summary":
        """Returns the summary in another unit."""
        spread = None if self.std is None else self.std * factor
        return Summary(self.n, self.n_failed, self.mean * factor, spread)


@dataclass(frozen=True)
class Selection:
    """Which results a figure shows."""

    results: Path
    experiment: str
    profile: str
    variant: str
    where: tuple[tuple[str, str], ...]

    def table(self, name: str) -> "SummaryTable":
        """Reads one summary table and keeps the rows of this selection."""
        path = self.results / self.experiment / f"{name}_summary.csv"
        if not path.is_file():
            raise TableError(
                f"{path} is missing; write it with "
                f"'modlab run experiments/masks/{self.experiment}.yaml "
                f"--profile {self.profile} --out {self.results}'"
            )
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            header = list(reader.fieldnames or [])
        missing = {*IDENTITY, "metric", "n", "mean", "std"} - set(header)
        if missing:
            raise TableError(f"{path} has no column '{min(missing)}'; is it a summary table?")
        wanted = {"profile": self.profile, "variant": self.variant, **dict(self.where)}
        for key, value in wanted.items():
            if key not in header:
                raise TableError(f"{path} has no column '{key}'")
            present = sorted({row[key] for row in rows})
            rows = [row for row in rows if row[key] == value]
            if not rows:
                raise TableError(
                    f"{path} has no rows with {key} = {value}; there are: {', '.join(present)}"
                )
        return SummaryTable(path, header, rows)


@dataclass(frozen=True)
class SummaryTable:
    """The rows of one summary table that belong to a selection."""

    path: Path
    header: list[str]
    rows: list[dict[str, str]]

    def values(self, key: str, **keys: str) -> list[str]:
        """Returns the distinct values of a key column among the matching rows, in file order."""
        return list(dict.fromkeys(row[key] for row in self._matching(keys)))

    def summary(self, metric: str, **keys: str) -> Summary:
        """Returns the one row with this metric and these keys."""
        rows = self._matching({"metric": metric, **keys})
        text = ", ".join(f"{key} = {value}" for key, value in {"metric": metric, **keys}.items())
        if not rows:
            raise TableError(f"{self.path} has no row with {text}")
        if len(rows) > 1:
            different = [
                key
                for key in self.header
                if key not in STATISTICS and len({row[key] for row in rows}) > 1
            ]
            hint = f"; choose one with --where {different[0]}=…" if different else ""
            raise TableError(f"{self.path} has {len(rows)} rows with {text}{hint}")
        row = rows[0]
        return Summary(
            n=int(row["n"]),
            n_failed=int(row.get("n_failed") or 0),
            mean=float(row["mean"] or "nan"),
            std=float(row["std"]) if row["std"] else None,
        )

    def stages(self) -> list[str]:
        """Returns the stages whose masks are compared: all but that of the complete task."""
        return [stage for stage in self.values("stage") if stage not in ("full", "pretrained")]

    def layers(self, **keys: str) -> list[str]:
        """Returns the parameter names in the order of the network, without the row `all`."""
        names = [name for name in self.values("layer", **keys) if name != "all"]
        return sorted(names, key=natural_order)

    def _matching(self, keys: dict[str, str]) -> list[dict[str, str]]:
        for key in keys:
            if key not in self.header:
                raise TableError(f"{self.path} has no column '{key}'")
        return [row for row in self.rows if all(row[key] == keys[key] for key in keys)]


def natural_order(name: str) -> list[tuple[int, int, str]]:
    """Orders `layers.10` behind `layers.9`, and an output layer behind all others."""
    parts = re.split(r"(\d+)", name)
    order = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]
    return [(int(name.startswith("output")), 0, ""), *order]


def layer_labels(layers: Sequence[str]) -> list[str]:
    """Returns axis labels: numbers from 1 for dense layers with the last called output."""
    if all(re.fullmatch(r"layers\.\d+\.weight", layer) for layer in layers):
        return [*(str(number + 1) for number in range(len(layers) - 1)), "output"]
    return [layer.removesuffix(".weight") for layer in layers]


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


def caption(selection: Selection, summaries: Sequence[Summary]) -> str:
    """Says what the figure shows: which runs, how many seeds, what the error bars mean."""
    counts = sorted({summary.n for summary in summaries})
    failed = max(summary.n_failed for summary in summaries)
    seeds = f"n = {counts[0]}" if len(counts) == 1 else f"n = {counts[0]} to {counts[-1]}"
    spread = "mean ± standard deviation over seeds" if counts[-1] > 1 else "one seed, no spread"
    parts = [f"{selection.experiment}, {selection.profile} profile", f"{spread}, {seeds}"]
    if selection.variant != "main":
        parts.insert(1, f"variant {selection.variant}")
    parts[1:1] = [f"{key} = {value}" for key, value in selection.where]
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
    experiment: str = "addmul-fnn",
    variant: str = "main",
) -> int:
    """Parses the command line, draws and saves; returns the exit code."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("results", type=Path, help="folder of results, as of 'modlab run --out'")
    parser.add_argument("--output", type=Path, required=True, help="PNG, PDF or SVG to write")
    parser.add_argument("--experiment", default=experiment)
    parser.add_argument("--profile", default="quick")
    parser.add_argument("--variant", default=variant)
    parser.add_argument(
        "--where", action="append", default=[], metavar="KEY=VALUE", help="value of a swept key"
    )
    arguments = parser.parse_args()
    where = []
    for text in arguments.where:
        key, equals, value = text.partition("=")
        if not (key and equals):
            parser.error(f"argument --where: '{text}' is not of the form KEY=VALUE")
        where.append((key, value))
    selection = Selection(
        results=arguments.results,
        experiment=arguments.experiment,
        profile=arguments.profile,
        variant=arguments.variant,
        where=tuple(where),
    )
    try:
        with plt.rc_context(STYLE):
            figure, text = draw(selection)
            save(figure, arguments.output, text)
    except TableError as error:
        print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        return 1
    print(arguments.output)
    return 0
