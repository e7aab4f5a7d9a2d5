"""Draws the figures of one study for its page, as SVG, and says in JSON what was drawn.

`modlab report` starts it. The figures are those of the papers where the study is one of theirs, for every
profile and variant that has results, else those that fit every study of masks.
"""

import csv
import importlib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt

from alternative_text import describe
from draw_all import Drawing, drawings
from drawing import STYLE, save
from tables import Selection, TableError

#: Scripts for studies that no paper has, such as those of networks of one's own.
GENERAL = (
    "mask_accuracy",
    "shared_weights",
    "kept_weights",
    "mask_overlap",
    "robustness",
    "normalized_sharing",
)


#: Width in inches above which a figure takes the whole width of a page.
WIDE = 8.2


@dataclass(frozen=True)
class Group:
    """Complete runs that are shown together."""

    profile: str
    variant: str
    #: Values of the swept settings.
    where: tuple[tuple[str, str], ...]


def groups(study: Path) -> list[Group]:
    """Returns the groups of complete runs, in the order of the table of runs."""
    with (study / "runs.csv").open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        header = list(reader.fieldnames or [])
        axes = header[header.index("profile") + 1 : header.index("seed")]
        found = [
            Group(
                row["profile"],
                row["variant"],
                tuple((axis, row[axis]) for axis in axes if row[axis]),
            )
            for row in reader
            if row["status"] == "complete"
        ]
    return list(dict.fromkeys(found))


def planned(study: Path) -> Iterator[tuple[Drawing, Group, bool]]:
    """Yields what may be drawn of a study, and whether it is said when there are no data for it."""
    present = groups(study)
    own = [entry for entry in drawings("no-dropout") if entry.study == study.name]
    for entry in own:
        variants = list(dict.fromkeys((group.profile, group.variant) for group in present))
        for profile, variant in variants:
            is_named = variant == entry.variant or not any(
                other == entry.variant and profile == of for of, other in variants
            )
            yield entry, Group(profile, variant, entry.where), is_named
    if not own:
        for group in present:
            for script in GENERAL:
                yield Drawing(script, script, study.name), group, False


def main() -> int:
    """Draws, and prints what was drawn."""
    study, folder = Path(sys.argv[1]), Path(sys.argv[2])
    several = len({(group.profile, group.variant, group.where) for group in groups(study)}) > 1
    figures: list[dict[str, str | bool]] = []
    lacking: list[dict[str, str]] = []
    seen: set[int] = set()
    for number, (entry, group, is_named) in enumerate(planned(study)):
        shown = Selection(study.parent, study.name, group.profile, group.variant, group.where)
        values = [f"{key}={value}" for key, value in group.where]
        name = " ".join([entry.name, group.profile, group.variant, *values]) if several else entry.name
        path = folder / f"{number}.svg"
        try:
            figure = draw(entry, shown, path) | {"name": name}
            # A figure over all variants is the same for each of them.
            if hash(path.read_bytes()) not in seen:
                figures.append(figure)
            seen.add(hash(path.read_bytes()))
        except (TableError, KeyError, IndexError, ValueError) as error:
            if is_named:
                lacking.append({"name": name, "reason": reason(error)})
    json.dump({"figures": figures, "lacking": lacking}, sys.stdout, ensure_ascii=False)
    return 0


def draw(entry: Drawing, shown: Selection, path: Path) -> dict[str, str | bool]:
    """Draws one figure into a file; returns what is to be said of it."""
    script = importlib.import_module(entry.script)
    title = " ".join((script.__doc__ or "").strip().split("\n\n")[0].split()).rstrip(".")
    if entry.script == entry.name:
        # No figure of a paper.
        title = re.sub(r" \(Figs?\. [^)]*\)", "", title)
    with plt.rc_context(STYLE):
        figure, caption = script.draw(shown, **dict(entry.options))
        alternative = f"{title}. {describe(figure)}"
        # The page has the caption below the figure.
        save(figure, path, "")
    return {
        "title": title,
        "caption": caption,
        "alternative": alternative,
        "file": path.name,
        "wide": bool(figure.get_size_inches()[0] > WIDE),
    }


def reason(error: Exception) -> str:
    """Says why a figure is not drawn; other errors than missing data are named as such."""
    return str(error) if isinstance(error, TableError) else f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main())
