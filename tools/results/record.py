"""Takes results into the repository: what documents show, and what is needed to check it.

    python3 tools/results/record.py MODLAB FOLDER …

MODLAB is the program, a FOLDER that of a study, as `modlab run --out OUT` makes it, or OUT with all its studies. Rows
of the profiles in it replace those that are recorded already; other profiles stay. The tables of `make clusters-tables`
in OUT are taken too; they are of one profile. Of the searches of `modlab tune`, which are studies named NAME-tune, only
`tune.csv` is taken. What no document needs is left out: large tables, those of LEFT_OUT, all but FEW_TABLES and
FEW_METRICS of some studies, losses, numbers of examples and draws, the least and the largest value, and standard errors
and confidence intervals where they follow from n, mean and std.
"""

import argparse
import csv
import io
import json
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

from recorded import RESULTS, SEARCH, read, run_folder

#: Bytes of the largest table that is recorded, and of those with a row for every pair, which figures show better.
LARGEST_TABLE = 60 * 1024
LARGEST_OF_PAIRS = dict.fromkeys(("confusion", "pair_overlap"), 32 * 1024)
#: Tables that no document takes a number from.
LEFT_OUT = ("eigenvalues", "kept_curve", "mask_histogram", "partition", "sparsity", "training_curve")
#: Tables that are recorded of studies with such names: many runs for few numbers, or those of another study again.
OF_NULLS = ("accuracy", "layer_stats", "mask_quality", "masks_apart", "null_masks", "robustness", "sharing")
FEW_TABLES = {"planted-*": ("planted_sharing", "planted_truth", "sharing"), "*-nulls": OF_NULLS}
#: Of these studies documents show no single layers, and of these nothing but these metrics.
WITHOUT_LAYERS = ("planted-*", "two-halves", "addmul-lstm-nulls", "cifar10-nulls", "double-add-nulls")
FEW_METRICS = {
    "planted-*": ("sigma", "auroc", "auroc_other", "needed_kept", "others_kept"),
    "vgg-*": ("accuracy", "n_sub_clusters", "fisher_p", "fisher_exact_p", "effect"),
}
LEFT_OUT_METRICS = ("loss", "n_draws", "n_examples")
#: Counts and shares that follow from those that are recorded: of kept weights, and of what is shared of them.
FOLLOWING_METRICS = ("n_a", "n_b", "n_inter", "n_union", "n_shared", "n_weights", "remaining_frac")
#: A table that is left out of studies with such names: the wide tables have its medians over networks.
OF_TESTS, IN_WIDE_TABLES = "cluster_test", ("cluster-*", "partitions-*")
#: Of pictures, all layers together and the first one are recorded.
OF_PICTURES, FIRST = "picture_contrast", ".0"
#: Of the table `robustness`, the worst draw is recorded only where it was searched for.
WORST, SEARCHED = ("worst", "worst_relative_drop"), "adversary"
#: Of weights that come back at random, half and all of them are recorded; figures show the curve.
AT_RANDOM, LEVELS = "bernoulli", ("0.5", "1")
LEFT_OUT_COLUMNS = ("sem", "min", "max")
#: Columns that follow from n, mean and std, but in the table whose intervals are bootstrapped.
INTERVAL_COLUMNS, BOOTSTRAPPED = ("ci95_low", "ci95_high"), "sharing"

CLAIM_COLUMNS = (
    *("study", "subject", "profile", "id", "claim", "published", "source", "asks", "criterion"),
    *("n", "mean", "std", "verdict", "reason"),
)
#: Columns of runs.csv that say nothing to others, and notes of single runs.
PRIVATE_COLUMNS, NOTES = ("host", "error"), "note_"
PROGRAM_COLUMNS = (
    *("study", "profile", "runs", "version", "git_commit", "git_dirty", "program_sha256", "kernel_level"),
    *("cpu_model", "system"),
)


def rounded(text: str) -> str:
    """Returns a number with six significant digits, anything else as it is."""
    if not any(mark in text for mark in ".e"):
        return text
    try:
        return f"{float(text):.6g}"
    except ValueError:
        return text


def text_of(header: list[str], rows: list[dict[str, str]]) -> str:
    """Returns a table as text; what a row has no value for stays empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def merge(path: Path, header: list[str], rows: list[dict[str, str]], profiles: set[str]) -> None:
    """Puts rows into a table in place of those that it has of their profiles."""
    others = [row for row in read(path) if row["profile"] not in profiles]
    columns = list(dict.fromkeys([*header, *(name for row in others for name in row)]))
    if others or rows:
        path.write_text(text_of(columns, others + rows), encoding="utf-8")
    else:
        path.unlink(missing_ok=True)


def summaries(folder: Path, target: Path, profiles: set[str]) -> list[str]:
    """Records the summary tables; returns the names of those that are too large."""
    left_out = []
    few, metrics = (
        next((names for pattern, names in some.items() if fnmatch(folder.name, pattern)), None)
        for some in (FEW_TABLES, FEW_METRICS)
    )
    layers = not any(fnmatch(folder.name, pattern) for pattern in WITHOUT_LAYERS)
    for path in sorted(folder.glob("*_summary.csv")):
        name = path.name.removesuffix("_summary.csv")
        dropped = LEFT_OUT_COLUMNS + (() if name == BOOTSTRAPPED else INTERVAL_COLUMNS)
        rows = [
            {key: rounded(value) for key, value in row.items() if key not in dropped}
            for row in read(path)
            if row["metric"] not in LEFT_OUT_METRICS + FOLLOWING_METRICS
            and not (row["metric"] in WORST and row.get("method", SEARCHED) != SEARCHED)
            and not (row.get("method") == AT_RANDOM and row["level"] not in LEVELS)
            and not (name == OF_PICTURES and row["layer"] != "all" and not row["layer"].endswith(FIRST))
        ]
        if metrics is not None:
            rows = [row for row in rows if row["metric"] in metrics]
        if not layers:
            rows = [row for row in rows if row.get("layer", "all") == "all"]
        is_wide = name == OF_TESTS and any(fnmatch(folder.name, pattern) for pattern in IN_WIDE_TABLES)
        if name in LEFT_OUT or is_wide or few is not None and name not in few:
            rows = []
        elif rows and len(text_of(list(rows[0]), rows).encode()) > LARGEST_OF_PAIRS.get(name, LARGEST_TABLE):
            left_out.append(name)
            rows = []
        merge(target / path.name, list(rows[0]) if rows else [], rows, profiles)
    return left_out


def claims(modlab: str, folder: Path) -> list[dict[str, str]]:
    """Returns what the program says about the claims of a study."""
    done = subprocess.run([modlab, "check", str(folder), "--json"], capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    rows = []
    for claim in found:
        if claim.get("schema") != "modlab-claim-1":
            continue
        row = {name: "" if claim[name] is None else str(claim[name]) for name in CLAIM_COLUMNS}
        rows.append({key: rounded(value) if key in ("mean", "std") else value for key, value in row.items()})
    return rows


def programs(folder: Path, runs: list[dict[str, str]]) -> list[dict[str, str]]:
    """Returns the programs that computed the complete runs, by profile."""
    counts: dict[tuple[str, ...], int] = {}
    for run in runs:
        status = run_folder(folder, run) / "status.json"
        if run["status"] != "complete" or not status.is_file():
            continue
        known = json.loads(status.read_text(encoding="utf-8"))["environment"]
        known["version"] = known["modlab_version"]
        values = tuple(str(known.get(name, "")) for name in PROGRAM_COLUMNS[3:])
        key = (run["profile"], *values)
        counts[key] = counts.get(key, 0) + 1
    return [
        dict(zip(PROGRAM_COLUMNS, (folder.name, key[0], str(count), *key[1:])))
        for key, count in sorted(counts.items())
    ]


def record(modlab: str, folder: Path, results: Path) -> str:
    """Records a study; returns what was done in a sentence."""
    runs = read(folder / "runs.csv")
    complete = sum(run["status"] == "complete" for run in runs)
    if not complete:
        return f"{folder.name}: no run is complete, nothing is recorded"
    target = results / folder.name
    target.mkdir(parents=True, exist_ok=True)
    profiles = {run["profile"] for run in runs}
    kept = [name for name in runs[0] if name not in PRIVATE_COLUMNS and not name.startswith(NOTES)]
    shown = [{name: run[name] for name in kept} for run in runs]
    tables = {"runs.csv": (kept, shown), "programs.csv": (list(PROGRAM_COLUMNS), programs(folder, runs))}
    points = [{name: rounded(value) for name, value in point.items()} for point in read(folder / SEARCH)]
    if points:
        left_out = []
        tables[SEARCH] = (list(points[0]), points)
    else:
        left_out = summaries(folder, target, profiles)
        tables["claims.csv"] = (list(CLAIM_COLUMNS), claims(modlab, folder))
    for name, (header, rows) in tables.items():
        merge(target / name, header, rows, profiles)
    lacking = f"; too large: {', '.join(left_out)}" if left_out else ""
    return f"{folder.name}: {complete} of {len(runs)} runs are complete{lacking}"


def main() -> int:
    """Records the studies that are named."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("modlab", help="the program")
    parser.add_argument("folders", type=Path, nargs="+", help="folders of studies, or of several of them")
    parser.add_argument("--tables-of", default="quick", help="the profile of the tables in OUT/tables (default: quick)")
    parser.add_argument("--to", type=Path, default=RESULTS, help="default: experiments/results")
    arguments = parser.parse_args()
    folders = []
    for folder in arguments.folders:
        inner = sorted(path.parent for path in folder.glob("*/sweep.json"))
        folders += inner or [folder]
    for folder in folders:
        if not (folder / "sweep.json").is_file():
            print(f"record.py: {folder} has no results of a study", file=sys.stderr)
            return 1
        print(record(arguments.modlab, folder, arguments.to))
    for table in sorted(path for folder in arguments.folders for path in folder.glob("tables/*.csv")):
        place = arguments.to / "tables" / arguments.tables_of
        place.mkdir(parents=True, exist_ok=True)
        (place / table.name).write_bytes(table.read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
