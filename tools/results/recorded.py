"""The results that the repository keeps, in experiments/results: one folder for each study.

A folder has summary tables of the study (`<table>_summary.csv`, as `modlab run` writes them, with six significant
digits), `claims.csv` (what `modlab check` says), `runs.csv` (state, steps and seconds of every run), `programs.csv`
(which program computed them), and pictures with captions (`figures/`, `figures.csv`). Rows of several profiles
stand in one table. `record.py` writes all of them but the pictures, which `plots/gallery.py` draws.
"""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
RESULTS = REPOSITORY / "experiments" / "results"

sys.path.insert(0, str(REPOSITORY / "plots"))

from cluster_tables import NETWORKS  # noqa: E402
from tables import Selection, Summary, SummaryTable, TableError, run_folder  # noqa: E402

__all__ = ["NETWORKS", "REPOSITORY", "RESULTS", "RecordError", "Results", "Summary", "run_folder"]

#: What a search of `modlab tune` writes: a row for every point and seed.
SEARCH = "tune.csv"
#: Profiles in the order in which their columns stand.
PROFILES = ("quick", "paper")


class RecordError(Exception):
    """Says what the recorded results lack."""


def read(path: Path) -> list[dict[str, str]]:
    """Returns the rows of a table, none if there is no such file."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Claim:
    """What the runs of one profile say about a claim; `n` seeds have a value."""

    study: str
    subject: str
    name: str
    text: str
    published: str
    criterion: str
    verdict: str
    reason: str
    n: int
    mean: float | None
    std: float | None

    @property
    def summary(self) -> Summary:
        """The measured value."""
        if self.mean is None:
            raise RecordError(f"{self.study}: the claim {self.name} has no measured value")
        return Summary(self.n, 0, self.mean, self.std)


class Results:
    """Reads the recorded results."""

    def __init__(self, folder: Path = RESULTS) -> None:
        self.folder = folder
        self._tables: dict[tuple[str, ...], SummaryTable] = {}

    def studies(self) -> list[str]:
        """Returns the names of the studies that are recorded, sorted."""
        return sorted(path.parent.name for path in self.folder.glob("*/runs.csv"))

    def claims(self, study: str, profile: str) -> list[Claim]:
        """Returns the claims of a study in the order of its manifest."""
        return [
            Claim(
                row["study"],
                row["subject"],
                row["id"],
                row["claim"],
                row["published"],
                row["criterion"],
                row["verdict"],
                row["reason"],
                int(row["n"] or 0),
                float(row["mean"]) if row["mean"] else None,
                float(row["std"]) if row["std"] else None,
            )
            for row in read(self.folder / study / "claims.csv")
            if row["profile"] == profile
        ]

    def claim(self, study: str, name: str, profile: str = "quick", subject: str | None = None) -> Claim:
        """Returns one claim of a study, of one of its variants if several have it."""
        claims = [
            claim
            for claim in self.claims(study, profile)
            if claim.name == name and subject in (None, claim.subject)
        ]
        if len(claims) != 1:
            raise RecordError(f"{study}, {profile}: {len(claims)} claims are called '{name}'; one is needed")
        return claims[0]

    def table(self, study: str, name: str, profile: str = "quick", variant: str = "main") -> SummaryTable:
        """Returns a summary table of one variant."""
        key = (study, name, profile, variant)
        if key not in self._tables:
            selection = Selection(self.folder, study, profile, variant, ())
            try:
                self._tables[key] = selection.table(name)
            except TableError as error:
                raise RecordError(str(error)) from error
        return self._tables[key]

    def summaries(
        self,
        study: str,
        quantity: str,
        profile: str = "quick",
        variant: str = "main",
        /,
        **keys: Sequence[str] | str,
    ) -> list[Summary]:
        """Returns the summaries of `table.metric` in all rows whose keys have one of the given values."""
        name, metric = quantity.split(".")
        try:
            return self.table(study, name, profile, variant).summaries(metric, **keys)
        except TableError as error:
            raise RecordError(str(error)) from error

    def summary(self, study: str, quantity: str, /, *place: str, **keys: str) -> Summary:
        """Returns the summary of `table.metric` in the one row that has these keys."""
        found = self.summaries(study, quantity, *place, **keys)
        if len(found) != 1:
            raise RecordError(f"{study}: {len(found)} rows of {quantity} have {keys}; one is needed")
        return found[0]

    def means(self, study: str, quantity: str, /, *place: str, **keys: Sequence[str] | str) -> list[float]:
        """Returns the means of ``summaries``."""
        return [found.mean for found in self.summaries(study, quantity, *place, **keys)]

    def runs(self, study: str, profile: str) -> list[dict[str, str]]:
        """Returns what is known of the runs of a profile."""
        return [row for row in read(self.folder / study / "runs.csv") if row["profile"] == profile]

    def programs(self, study: str, profile: str) -> list[dict[str, str]]:
        """Returns the programs that computed the runs of a profile."""
        rows = read(self.folder / study / "programs.csv")
        return [row for row in rows if row["profile"] == profile]

    def searches(self) -> dict[str, list[dict[str, str]]]:
        """Returns the searches for β that are recorded: the points of each, by the name of the study."""
        found = sorted(self.folder.glob(f"*-tune/{SEARCH}"))
        return {path.parent.name.removesuffix("-tune"): read(path) for path in found}

    def figures(self, study: str) -> list[dict[str, str]]:
        """Returns the figures of a study with their captions."""
        return read(self.folder / study / "figures.csv")
