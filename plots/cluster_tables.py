"""The tables of the paper on clusters, wide, with medians over seeds: OUT/tables/t1a.csv … t9.csv, each with
a .md for reading.

    python3 plots/cluster_tables.py --results results --profile quick

Columns named as the paper's hold its own p values (ties count in favour of significance, Fisher's test
by χ²); beside them stand the calibrated ones: ties broken at random, exact test.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import imported_networks
from single_cluster_tables import table_7, table_9
from wide_tables import Results, Row, chosen, first_seed, median, text, write

#: Rows of table 1b: the network, and the variant of cluster-importance or vgg-importance, or the name of an imported
#: network.
NETWORKS = (
    ("MLP MNIST", "mlp-mnist"),
    ("MLP Fashion", "mlp-fashion"),
    ("MLP Fashion dropout", "mlp-fashion-dropout"),
    ("Small CNN MNIST", "cnn-mnist"),
    ("Small CNN Fashion", "cnn-fashion"),
    ("VGG unregularised", "vgg-unregularised"),
    ("VGG dropout + L2", "vgg-dropout-l2"),
    ("ResNet-18", "resnet18"),
    ("VGG-16", "vgg16"),
)
#: Rows of table 1a: the network, and the variant of cluster-coherence or vgg-coherence, or the name of an imported
#: network; without results the row says that there is no network.
LOOKING_NETWORKS = (
    ("MLP MNIST", "mlp-mnist"),
    ("MLP MNIST, Fourier", "mlp-mnist-fourier"),
    ("Small CNN MNIST", "cnn-mnist"),
    ("VGG unregularised", "vgg-unregularised"),
    ("VGG dropout + L2", "vgg-dropout-l2"),
    ("VGG-16", "vgg16"),
    ("VGG-19", "vgg19"),
    ("ResNet-50", "resnet50"),
)
UNTRAINED_NETWORKS = (("VGG untrained", "vgg-initial"),)
#: The partition of table 1b, and the numbers of clusters of table 3.
CLUSTERS = 12
OTHER_CLUSTERS = (8, 18)
LEVEL = 0.05


# Tests over sub-clusters


def p_values(
    rows: Sequence[Row],
    variant: str,
    clusters: int,
    columns: Sequence[tuple[str, str]] = (("importance", "importance"), ("range", "class-range")),
) -> dict[str, object]:
    """Returns the medians over seeds of a network's p values of some quantities, by the names of their columns."""
    partition = f"weights-k{clusters}"

    def p(quantity: str, ties: str, metric: str) -> float | None:
        keys = {"variant": variant, "partition": partition, "quantity": quantity}
        return median(chosen(rows, ties=ties, metric=metric, **keys))

    found: dict[str, object] = {}
    for name, quantity in columns:
        found[f"{name}_fisher_p"] = p(quantity, "reference", "fisher_p")
        found[f"{name}_chi2_p"] = p(quantity, "reference", "chi2_p")
    for name, quantity in columns:
        found[f"{name}_exact_p"] = p(quantity, "random", "fisher_exact_p")
    return found


def table_1a(
    rows: Sequence[Row], networks: Sequence[tuple[str, str]] = LOOKING_NETWORKS
) -> list[dict[str, object]]:
    """Score and entropy of networks."""
    columns = (("score", "score"), ("entropy", "entropy"))
    found = []
    for name, variant in networks:
        count = len({row["seed"] for row in rows if row["variant"] == variant})
        cells = p_values(rows, variant, CLUSTERS, columns)
        found.append({"network": name, "n_networks": str(count), **cells})
    return found


def table_6(rows: Sequence[Row], cov: Sequence[Row]) -> list[dict[str, object]]:
    """How evenly units are excited; the quartiles are those of the network with the median coefficient."""
    found = []
    for name, variant in LOOKING_NETWORKS:
        quartiles: dict[str, dict[str, float]] = {}
        for row in cov:
            if row["variant"] == variant and row["partition"] == f"weights-k{CLUSTERS}":
                quartiles.setdefault(row["seed"], {})[row["metric"]] = float(row["value"])
        ranked = sorted(quartiles.values(), key=lambda entry: entry.get("median", 0.0))
        middle = ranked[(len(ranked) - 1) // 2] if ranked else {}
        cells = p_values(rows, variant, CLUSTERS, (("var", "variance"),))
        found.append(
            {
                "network": name,
                **cells,
                "cov_q1": middle.get("q1"),
                "cov_med": middle.get("median"),
                "cov_q3": middle.get("q3"),
            }
        )
    return found


def table_1b(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Importance and class range of all networks."""
    found = []
    for name, variant in NETWORKS:
        controls = chosen(rows, variant=variant, metric="n_controls")
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


def main() -> int:
    """Writes all tables for which there are results."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--profile", default="quick")
    arguments = parser.parse_args()
    results = Results(arguments.results, arguments.profile)
    folder = arguments.results / "tables"
    folder.mkdir(parents=True, exist_ok=True)

    def rows(kind: str, table: str) -> list[Row]:
        """Returns the rows of a table of all networks: small ones, those for CIFAR-10 and imported ones."""
        own = results.rows(f"cluster-{kind}", table) + results.rows(f"vgg-{kind}", table)
        return [*own, *imported_networks.rows(results.folder, results.profile, f"vgg-{kind}", table)]

    tests = rows("importance", "cluster_test")
    many = first_seed(results.rows("cluster-multiple-tests", "multiple_tests"))
    looking = rows("coherence", "cluster_test")
    complete = 0
    for study, table in (
        ("cluster-importance", tests),
        ("cluster-multiple-tests", many),
        ("cluster-coherence", looking),
    ):
        complete += bool(table)
        if not table:
            print(
                f"{arguments.results}/{study} has no results of profile '{arguments.profile}': "
                f"run modlab run experiments/clusters/{study}.yaml",
                file=sys.stderr,
            )
    write(folder, "t1a", "Table 1a: score and entropy, k = 12", table_1a(looking) if looking else [])
    untrained = [row for row in looking if row["variant"] == "vgg-initial"]
    second = table_1a(untrained, UNTRAINED_NETWORKS) if untrained else []
    write(folder, "t2", "Table 2: score and entropy of untrained networks, k = 12", second)
    write(folder, "t1b", "Table 1b: importance and class range, k = 12", table_1b(tests) if tests else [])
    third = table_3(tests) if tests else []
    write(folder, "t3", "Table 3: k = 8 and 18 (*: other side of .05)", third)
    write(folder, "t4", "Table 4: Benjamini and Hochberg at .05", many_tests(many, "bh"))
    write(folder, "t5", "Table 5: Holm at .05", many_tests(many, "holm"))
    sixth = table_6(looking, rows("coherence", "cov")) if looking else []
    write(folder, "t6", "Table 6: variance of the units' outputs, k = 12", sixth)
    write(folder, "t7", "Table 7: single lesions, Fashion-MNIST with dropout, k = 8", table_7(results))
    write(folder, "t8", "Table 8: single lesions, VGG, k = 8", table_7(results, "vgg-importance"))
    write(folder, "t9", "Table 9: pairs of important sub-clusters", table_9(results))
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
