"""Tables of modlab as plots need them: reading and selecting.

Mostly `<table>_summary.csv` files are read. Their columns are study, variant, profile, any swept keys,
the keys of the table, metric, and the statistics n, n_failed, mean, std, …. In tables of modlab 0.1
the first column is called experiment.
"""

import argparse
import csv
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from layer_names import natural_order

STATISTICS = {"n", "n_failed", "mean", "std", "sem", "ci95_low", "ci95_high", "min", "max"}

#: Names that the first column has and had.
STUDY_COLUMNS = ("study", "experiment")

#: Columns without which a file is no table, or no summary table.
KEYS = ("variant", "profile")
SUMMARY_REQUIRED = (*KEYS, "metric", "n", "mean", "std")

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class TableError(Exception):
    """Says what is missing in the results and what to do about it."""


@dataclass(frozen=True)
class Summary:
    """Mean and spread of one quantity over seeds."""

    n: int
    n_failed: int
    mean: float
    std: float | None
    #: The 95 % confidence interval of the mean, if it is known.
    low: float | None = None
    high: float | None = None

    def scaled(self, factor: float) -> "Summary":
        """Returns the summary in another unit."""
        others = (None if x is None else x * factor for x in (self.std, self.low, self.high))
        return Summary(self.n, self.n_failed, self.mean * factor, *others)


def run_folder(study: Path, row: Mapping[str, str]) -> Path:
    """Returns the folder of the run that a row of `runs.csv` is about, in the folder of its study."""
    return study / "runs" / f"{row['variant']}-{row['hash']}" / f"seed-{int(row['seed']):02d}"


def summary_of(values: Sequence[float]) -> Summary:
    """Returns mean and unbiased standard deviation of one value per seed; NaN without any."""
    if not values:
        return Summary(0, 0, float("nan"), None)
    spread = statistics.stdev(values) if len(values) > 1 else None
    return Summary(len(values), 0, statistics.fmean(values), spread)


@dataclass(frozen=True)
class Selection:
    """Which results a figure shows."""

    results: Path
    study: str
    profile: str
    variant: str
    where: tuple[tuple[str, str], ...]

    def of(
        self, study: str, variant: str = "main", where: Sequence[tuple[str, str]] = ()
    ) -> "Selection":
        """Returns the selection of another study in the same results."""
        return replace(self, study=study, variant=variant, where=tuple(where))

    def table(self, name: str) -> "SummaryTable":
        """Reads one summary table and keeps the rows of this selection."""
        path, header, rows = self._rows(f"{name}_summary.csv", SUMMARY_REQUIRED)
        return SummaryTable(path, header, rows)

    def variants(self, name: str) -> list[str]:
        """Returns the variants that a summary table has in this profile, in file order."""
        path = self.results / self.study / f"{name}_summary.csv"
        if not path.is_file():
            self.table(name)
        with path.open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["profile"] == self.profile]
        return list(dict.fromkeys(row["variant"] for row in rows))

    def values_by_seed(self, name: str, metric: str) -> dict[str, list[dict[str, str]]]:
        """Reads the rows of one metric from a table of single seeds, by seed."""
        seeds: dict[str, list[dict[str, str]]] = {}
        for row in self._rows(f"{name}.csv", (*KEYS, "seed", "metric", "value"))[2]:
            if row["metric"] == metric:
                seeds.setdefault(row["seed"], []).append(row)
        return seeds

    def runs(self) -> list[Path]:
        """Returns the folders of the complete runs, one per seed."""
        rows = self._rows("runs.csv", (*KEYS, "seed", "hash", "status"))[2]
        study = self.results / self.study
        return [run_folder(study, row) for row in rows if row["status"] == "complete"]

    def _rows(
        self, file_name: str, required: Sequence[str]
    ) -> tuple[Path, list[str], list[dict[str, str]]]:
        path = self.results / self.study / file_name
        if not path.is_file():
            present = ", ".join(studies(self.results)) or "none"
            raise TableError(
                f"{path} is missing; write it with "
                f"'modlab run {_manifest(self.study)} "
                f"--profile {self.profile} --out {self.results}', "
                f"or name another --study; there are: {present}"
            )
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            header = list(reader.fieldnames or [])
        missing = [column for column in required if column not in header]
        if header[:1] and header[0] not in STUDY_COLUMNS:
            missing.insert(0, STUDY_COLUMNS[0])
        if missing:
            raise TableError(f"{path} has no column '{missing[0]}'; is it a summary table?")
        wanted = {"profile": self.profile, "variant": self.variant, **dict(self.where)}
        for key, value in wanted.items():
            if key not in header:
                raise TableError(f"{path} has no column '{key}'")
            present = sorted({row[key] for row in rows})
            rows = [row for row in rows if same_value(row[key], value)]
            if not rows:
                raise TableError(
                    f"{path} has no rows with {key} = {value}; there are: {', '.join(present)}"
                )
        return path, header, rows


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
        rows = self._found(metric, keys)
        if len(rows) > 1:
            different = [
                key
                for key in self.header
                if key not in STATISTICS and len({row[key] for row in rows}) > 1
            ]
            hint = f"; choose one with --where {different[0]}=…" if different else ""
            text = described({"metric": metric, **keys})
            raise TableError(f"{self.path} has {len(rows)} rows with {text}{hint}")
        return summary_of_row(rows[0])

    def summaries(self, metric: str, **keys: str | Sequence[str]) -> list[Summary]:
        """Returns the rows with this metric whose keys have one of the given values, at least one."""
        return [summary_of_row(row) for row in self._found(metric, keys)]

    def has(self, metric: str, **keys: str) -> bool:
        """Tells whether there is a row with this metric and these keys."""
        return bool(self._matching({"metric": metric, **keys}))

    def stages(self) -> list[str]:
        """Returns the stages whose masks are compared: all but that of the complete task."""
        stages = self.values("stage")
        return [stage for stage in stages if stage not in ("full", "pretrained", "none")]

    def layers(self, **keys: str) -> list[str]:
        """Returns the parameter names in the order of the network, without the row `all`."""
        names = [name for name in self.values("layer", **keys) if name != "all"]
        return sorted(names, key=natural_order)

    def _found(
        self, metric: str, keys: Mapping[str, str | Sequence[str]]
    ) -> list[dict[str, str]]:
        rows = self._matching({"metric": metric, **keys})
        if not rows:
            raise TableError(
                f"{self.path} has no row with {described({'metric': metric, **keys})}; tables of an "
                "older program are brought up to date by 'modlab summarize'"
            )
        return rows

    def _matching(self, keys: Mapping[str, str | Sequence[str]]) -> list[dict[str, str]]:
        for key in keys:
            if key not in self.header:
                raise TableError(f"{self.path} has no column '{key}'")
        wanted = {key: (value,) if isinstance(value, str) else value for key, value in keys.items()}
        return [row for row in self.rows if all(row[key] in wanted[key] for key in wanted)]


def described(keys: Mapping[str, str | Sequence[str]]) -> str:
    """Returns what rows are looked for: `stage = add, layer = all`."""
    return ", ".join(
        f"{key} = {value if isinstance(value, str) else '|'.join(value)}" for key, value in keys.items()
    )


def summary_of_row(row: Mapping[str, str]) -> Summary:
    """Returns what a row of a summary table says."""
    counts = int(row["n"]), int(row.get("n_failed") or 0)
    columns = ("std", "ci95_low", "ci95_high")
    others = (float(row[column]) if row.get(column) else None for column in columns)
    return Summary(*counts, float(row["mean"] or "nan"), *others)


def _manifest(study: str) -> str:
    """Returns where the shipped manifest of a study stands; its bare name if none is shipped."""
    experiments = Path(__file__).resolve().parent.parent / "experiments"
    found = next(experiments.glob(f"*/{study}.yaml"), None)
    return f"experiments/{found.parent.name}/{found.name}" if found else f"{study}.yaml"


def same_value(first: str, second: str) -> bool:
    """Tells whether two texts are the same value: numbers as numbers, lists element by element.

    A table has 0.0001 where 1e-4 was given, and `32 32` for the list `[32, 32]`.
    """
    if first == second:
        return True
    return [_value(text) for text in _elements(first)] == [
        _value(text) for text in _elements(second)
    ]


def _elements(text: str) -> list[str]:
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    return [element for element in re.split(r"[,\s]+", text) if element]


def _value(text: str) -> float | str:
    return float(text) if NUMBER.fullmatch(text) else text


def parse_condition(text: str) -> tuple[str, str]:
    """Takes KEY=VALUE apart."""
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form KEY=VALUE")
    return key, value


def argument_parser(description: str, study: str, variant: str) -> argparse.ArgumentParser:
    """Returns the command line of a figure."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("results", type=Path, help="folder of results, as of 'modlab run --out'")
    parser.add_argument("--output", type=Path, required=True, help="PNG, PDF or SVG to write")
    parser.add_argument(
        "--study", help=f"folder within the results (default: {study}, else the only one there)"
    )
    parser.set_defaults(usual_study=study)
    parser.add_argument("--profile", default="quick")
    parser.add_argument("--variant", default=variant)
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        type=parse_condition,
        metavar="KEY=VALUE",
        help="value of a swept key, such as mask.beta=1e-4 or model.hidden=[64,64]",
    )
    return parser


def selection(arguments: argparse.Namespace) -> Selection:
    """Returns what a command line asks for."""
    return Selection(
        results=arguments.results,
        study=arguments.study or _study_there(arguments.results, arguments.usual_study),
        profile=arguments.profile,
        variant=arguments.variant,
        where=tuple(arguments.where),
    )


def studies(results: Path) -> list[str]:
    """Returns the names of the studies that have summary tables, sorted."""
    return sorted({path.parent.name for path in results.glob("*/*_summary.csv")})


def _study_there(results: Path, usual: str) -> str:
    present = studies(results)
    return present[0] if len(present) == 1 else usual
