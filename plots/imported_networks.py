"""Networks of torchvision in results: their runs lie in the folder `imported`, where `make clusters-vgg NETWORK=FILE`
puts them, or beside all others. Which network it is stands in the weights of a run."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tables import Selection, TableError, run_folder
from tensor_header import read_header

#: The folder in a folder of results.
FOLDER = "imported"


def model(run: Path) -> str | None:
    """Returns the name that torchvision has for the network of a run; None for other networks."""
    path = run / "weights.safetensors"
    if not path.is_file():
        return None
    with path.open("rb") as file:
        header = read_header(file)
    name = json.loads(header.get("__metadata__", {}).get("architecture", "{}")).get("model")
    return name if isinstance(name, str) else None


def family(run: Path) -> str:
    """Returns the name without batch normalisation; nothing for other networks."""
    return (model(run) or "").removesuffix("_bn")


def run_of(selection: Selection, network: str) -> Path:
    """Returns the folder of the first complete run with a network, with batch normalisation or without."""
    for results in (selection.results / FOLDER, selection.results):
        try:
            runs = replace(selection, results=results).runs()
        except TableError:
            continue
        found = next((run for run in runs if family(run) == network), None)
        if found is not None:
            return found
    raise TableError(
        f"no network '{network}' is given: make clusters-vgg NETWORK=FILE PROFILE={selection.profile}, "
        "with the file of tools/interop/export_torchvision.py"
    )


def rows(folder: Path, profile: str, study: str, table: str) -> Iterator[dict[str, str]]:
    """Yields the rows of a table of all imported networks, each of which has its name in place of the variant and a
    seed of its own."""
    runs = folder / FOLDER / study / "runs.csv"
    if not runs.is_file():
        return
    with runs.open(newline="", encoding="utf-8") as file:
        complete = [
            row
            for row in csv.DictReader(file)
            if row["status"] == "complete" and row["profile"] == profile
        ]
    for number, row in enumerate(complete):
        run = run_folder(runs.parent, row)
        path = run / "metrics" / f"{table}.csv"
        network = family(run)
        if network and path.is_file():
            with path.open(newline="", encoding="utf-8") as file:
                for entry in csv.DictReader(file):
                    yield {**entry, "variant": network, "seed": str(number)}
