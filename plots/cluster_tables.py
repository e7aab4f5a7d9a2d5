"""The tables of the paper on clusters, wide, with medians over seeds: OUT/tables/t1b.csv … t9.csv, each with
a .md for reading.

    python3 plots/cluster_tables.py --results results --profile quick

Columns named as the paper's hold its own p values (ties count in favour of significance, Fisher's test
by χ²); beside them stand the calibrated ones: ties broken at random, exact test.
"""

import argparse
import csv
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

Row = dict[str, str]

#: Rows of table 1b: the network, and the variant of cluster-importance; none where none was trained.
NETWORKS = (
    ("MLP MNIST", "mlp-mnist"),
    ("MLP Fashion", "mlp-fashion"),
    ("MLP Fashion dropout", "mlp-fashion-dropout"),
    ("Small CNN MNIST", "cnn-mnist"),
    ("Small CNN Fashion", "cnn-fashion"),
    ("VGG unregularised", None),
    ("VGG dropout + L2", None),
)
#: The partition of table 1b, and the numbers of clusters of table 3.
CLUSTERS = 12
OTHER_CLUSTERS = (8, 18)
LEVEL = 0.05


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


# Tests over sub-clusters


def p_values(rows: Sequence[Row], variant: str | None, clusters: int) -> dict[str, object]:
    """Returns the medians over seeds of a network's p values."""
    partition = f"weights-k{clusters}"

    def p(quantity: str, ties: str, metric: str) -> float | None:
        if variant is None:
            return None
        keys = {"variant": variant, "partition": partition, "quantity": quantity}
        return median(chosen(rows, ties=ties, metric=metric, **keys))

    return {
        "importance_fisher_p": p("importance", "reference", "fisher_p"),
        "importance_chi2_p": p("importance", "reference", "chi2_p"),
        "range_fisher_p": p("class-range", "reference", "fisher_p"),
        "range_chi2_p": p("class-range", "reference", "chi2_p"),
        "importance_exact_p": p("importance", "random", "fisher_exact_p"),
        "range_exact_p": p("class-range", "random", "fisher_exact_p"),
    }


def table_1b(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Importance and class range of all networks."""
    found = []
    for name, variant in NETWORKS:
        controls = chosen(rows, variant=variant or "", metric="n_controls")
        found.append(
            {"network": name, "n_random": median(controls), **p_values(rows, variant, CLUSTERS)}
        )
    return found


def table_3(rows: Sequence[Row]) -> list[dict[str, object]]:
    """The same with other numbers of clusters; an asterisk marks cells on the other side of .05."""
    found = []
    for name, variant in NETWORKS:
        usual = p_values(rows, variant, CLUSTERS)
        for clusters in OTHER_CLUSTERS:
            cells: dict[str, object] = {}
            for column, value in p_values(rows, variant, clusters).items():
                other = usual[column]
                changes = (
                    isinstance(value, float)
                    and isinstance(other, float)
                    and (value < LEVEL) != (other < LEVEL)
                )
                cells[column] = text(value) + "*" if changes else value
            found.append({"network": name, "k": str(clusters), **cells})
    return found


def many_tests(rows: Sequence[Row], procedure: str) -> list[dict[str, object]]:
    """Table 4 or 5: which tests remain significant together, with the published p values and calibrated ones."""
    names = {variant: name for name, variant in NETWORKS}
    order = {variant: place for place, variant in enumerate(names)}
    cells: dict[tuple[str, str, str], dict[str, float]] = {}
    for row in rows:
        if row["procedure"] == procedure and row["metric"] in ("p", "significant"):
            cell = cells.setdefault((row["network"], row["quantity"], row["test"]), {})
            cell[f"{row['variant']} {row['metric']}"] = float(row["value"])

    def mark(cell: dict[str, float], variant: str) -> str:
        value = cell.get(f"{variant} significant")
        return "" if value is None else "yes" if value else "no"

    return [
        {
            "network": names.get(network, network),
            "quantity": quantity,
            "test": test,
            "p": cell.get("published p"),
            "significant": mark(cell, "published"),
            "calibrated_p": cell.get("calibrated p"),
            "calibrated_significant": mark(cell, "calibrated"),
        }
        for (network, quantity, test), cell in sorted(
            cells.items(), key=lambda entry: (order.get(entry[0][0], len(order)), entry[0])
        )
    ]


# Single networks


def first_seed(rows: Sequence[Row]) -> list[Row]:
    """Returns the rows of the first seed."""
    seeds = sorted({int(row["seed"]) for row in rows})
    return [row for row in rows if seeds and int(row["seed"]) == seeds[0]]


def table_7(results: Results) -> list[dict[str, object]]:
    """Single lesions of the network for Fashion-MNIST with dropout, k = 8, first seed."""
    study, keys = "cluster-dependency", {"partition": "weights-k8"}
    rows = first_seed(results.rows(study, "sub_cluster"))
    p_rows = first_seed(results.rows(study, "sub_cluster_p"))
    kinds = first_seed(results.rows(study, "taxonomy"))
    found = []
    places = [
        (row["layer"], row["cluster"])
        for row in rows
        if row["metric"] == "n_units" and row["partition"] == keys["partition"]
    ]
    for layer, cluster in places:
        place = {**keys, "layer": layer, "cluster": cluster}

        def value(metric: str, place: dict[str, str] = place) -> float | None:
            return median(chosen(rows, metric=metric, **place))

        kind = [row["category"] for row in kinds if all(row[k] == v for k, v in place.items())]
        found.append(
            {
                "layer": layer,
                "cluster": cluster,
                "acc_diff": value("accuracy_change"),
                "rand_diff_mean": value("random_change_mean"),
                "rand_diff_std": value("random_change_std"),
                "proportion": value("proportion"),
                "p": median(chosen(p_rows, quantity="accuracy", ties="reference", **place)),
                "p_random_ties": median(chosen(p_rows, quantity="accuracy", ties="random", **place)),
                "taxonomy": kind[0] if kind else "",
            }
        )
    return found


def table_9(results: Results) -> list[dict[str, object]]:
    """Pairs of important sub-clusters of the same network."""
    rows = first_seed(results.rows("cluster-dependency", "dependency"))
    found = []
    for x, y in dict.fromkeys((row["x"], row["y"]) for row in rows):
        cell = {row["metric"]: float(row["value"]) for row in rows if (row["x"], row["y"]) == (x, y)}
        found.append(
            {
                "X": x,
                "Y": y,
                "X_given_Y": "yes" if cell["x_given_y"] else "no",
                "Y_given_X": "yes" if cell["y_given_x"] else "no",
                "s_X_given_Y": -cell["delta_x_given_y"],
                "s_Y_given_X": -cell["delta_y_given_x"],
            }
        )
    return found


def main() -> int:
    """Writes all tables for which there are results."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--profile", default="quick")
    arguments = parser.parse_args()
    results = Results(arguments.results, arguments.profile)
    folder = arguments.results / "tables"
    folder.mkdir(parents=True, exist_ok=True)
    tests = results.rows("cluster-importance", "cluster_test")
    many = first_seed(results.rows("cluster-multiple-tests", "multiple_tests"))
    complete = 0
    for study, table in (("cluster-importance", tests), ("cluster-multiple-tests", many)):
        complete += bool(table)
        if not table:
            print(
                f"{arguments.results}/{study} has no results of profile '{arguments.profile}': "
                f"run modlab run experiments/clusters/{study}.yaml",
                file=sys.stderr,
            )
    write(folder, "t1b", "Table 1b: importance and class range, k = 12", table_1b(tests) if tests else [])
    third = table_3(tests) if tests else []
    write(folder, "t3", "Table 3: k = 8 and 18 (*: other side of .05)", third)
    write(folder, "t4", "Table 4: Benjamini and Hochberg at .05", many_tests(many, "bh"))
    write(folder, "t5", "Table 5: Holm at .05", many_tests(many, "holm"))
    write(folder, "t7", "Table 7: single lesions, Fashion-MNIST with dropout, k = 8", table_7(results))
    write(folder, "t9", "Table 9: pairs of important sub-clusters", table_9(results))
    return 0 if complete == 2 else 1


if __name__ == "__main__":
    sys.exit(main())
