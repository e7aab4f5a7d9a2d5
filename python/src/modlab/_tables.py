"""Tables of a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from modlab._errors import ModlabError, needed, unknown

if TYPE_CHECKING:
    import pandas


def table(path: str | Path, name: str) -> pandas.DataFrame:
    """A table of a study as a frame of pandas, one row per row of the file.

    Args:
        path: the folder of a study, `results/my-study`, or of one run of it.
        name: such as `accuracy`, or `accuracy_summary`; see docs/csv-reference.md.

    Raises:
        ModlabError: when there is no such folder or table.
    """
    pandas = needed("pandas", "table")
    folder = Path(path)
    if not folder.is_dir():
        raise ModlabError(f"{folder} is no folder; name that of a study, such as results/my-study")
    # The tables of a study lie in its folder, those of one run in `metrics`.
    files = {file.stem: file for where in (folder / "metrics", folder) for file in where.glob("*.csv")}
    if name not in files:
        raise unknown(f"{folder} has no table", name, files)
    return pandas.read_csv(files[name])
