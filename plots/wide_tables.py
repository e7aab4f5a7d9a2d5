"""What the wide tables of clusters have in common: rows of results, medians, CSV and Markdown."""

import csv
import statistics
from collections.abc import Sequence
from pathlib import Path

Row = dict[str, str]


class Results:
    """The tables of single runs of some studies."""

    def __init__(self, folder: Path, profile: str) -> None:
        self.folder = folder
        self.profile = profile

    def rows(self, study: str, table: str) -> list[Row]:
        """Returns the rows of a table in the chosen profile; none when it is missing."""
        path = self.folder / study / f"{table}.csv"
        if not path.is_file():
            return []
        with path.open(newline="", encoding="utf-8") as file:
            return [row for row in csv.DictReader(file) if row["profile"] == self.profile]


def chosen(rows: Sequence[Row], **keys: str) -> list[float]:
    """Returns the values of the rows with some keys."""
    return [
        float(row["value"])
        for row in rows
        if all(row[key] == value for key, value in keys.items()) and row["value"] != ""
    ]


def median(values: Sequence[float]) -> float | None:
    """Returns the median of the values that are numbers; None without any."""
    numbers = [value for value in values if value == value]
    return statistics.median(numbers) if numbers else None


def text(value: float | str | None) -> str:
    """Returns a value as it stands in a table."""
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:.4g}"


def write(folder: Path, name: str, title: str, rows: Sequence[dict[str, object]]) -> None:
    """Writes a table as CSV and as Markdown."""
    if not rows:
        print(f"{name}: no results yet")
        return
    header = list(rows[0])
    cells = [[text(row[key]) for key in header] for row in rows]
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *cells])
    lines = [f"# {title}", "", *("| " + " | ".join(row) + " |" for row in [header])]
    lines += ["| " + " | ".join("---" for _ in header) + " |"]
    lines += ["| " + " | ".join(row) + " |" for row in cells]
    (folder / f"{name}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(folder / f"{name}.md")


def first_seed(rows: Sequence[Row]) -> list[Row]:
    """Returns the rows of the first seed."""
    seeds = sorted({int(row["seed"]) for row in rows})
    return [row for row in rows if seeds and int(row["seed"]) == seeds[0]]
