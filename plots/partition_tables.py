"""Four partitions of every network side by side, as the later paper on local specialization has them:
OUT/tables/later.csv and later.md.

    python3 plots/partition_tables.py --results results --profile quick

Networks are combined twice: by the median of their p values, and by their mean, which for uniform p values follows
the distribution of Bates. Benjamini's and Hochberg's procedure at .05 is applied to all of the latter together.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from wide_tables import Results, Row, chosen, median, write

NETWORKS = {"mlp": "MLP MNIST", "cnn": "Small CNN MNIST"}
PARTITIONS = ("weights", "activations", "local-weights", "local-activations")
#: Column name, quantity and study.
QUANTITIES = (
    ("importance", "importance", "partitions-importance"),
    ("range", "class-range", "partitions-importance"),
    ("score", "score", "partitions-coherence"),
    ("entropy", "entropy", "partitions-coherence"),
)
LEVEL = 0.05


def bates(values: Sequence[float]) -> float | None:
    """Returns the probability that as many uniform numbers have as small a mean as some values; None without any."""
    count = len(values)
    if count == 0:
        return None
    total = math.fsum(values)
    terms = [
        (-1) ** k * math.comb(count, k) * (total - k) ** count
        for k in range(min(count, math.floor(total)) + 1)
    ]
    return min(1.0, max(0.0, math.fsum(terms) / math.factorial(count)))


def benjamini_hochberg(values: Sequence[float | None], level: float = LEVEL) -> list[bool]:
    """Returns which p values are significant together; missing ones are none of them."""
    present = sorted(value for value in values if value is not None)
    passing = [p for rank, p in enumerate(present, start=1) if p <= rank * level / len(present)]
    bound = max(passing, default=-1.0)
    return [value is not None and value <= bound for value in values]


def entries(results: Results) -> list[dict[str, object]]:
    """Returns a row for every network, partition and quantity that has results."""
    tables = {study: results.rows(study, "cluster_test") for _, _, study in QUANTITIES}
    found: list[dict[str, object]] = []
    for prefix, network in NETWORKS.items():
        for graph in PARTITIONS:
            for name, quantity, study in QUANTITIES:
                rows = matching(tables[study], f"{prefix}-{graph}", graph, quantity)
                if rows:
                    found.append({"network": network, "partition": graph, "quantity": name, **cells(rows)})
    marks = benjamini_hochberg([value if isinstance(value := row["bates_p"], float) else None for row in found])
    return [{**row, "bh": "yes" if mark else "no"} for row, mark in zip(found, marks)]


def matching(rows: Sequence[Row], variant: str, graph: str, quantity: str) -> list[Row]:
    """Returns the rows of a partition's quantity; controls have other partitions."""
    return [
        row
        for row in rows
        if row["variant"] == variant
        and row["quantity"] == quantity
        and row["partition"].startswith(f"{graph}-k")
    ]


def cells(rows: Sequence[Row]) -> dict[str, object]:
    """Returns what the networks say together."""
    exact = chosen(rows, ties="random", metric="fisher_exact_p")
    effects = [value for value in chosen(rows, ties="random", metric="effect") if math.isfinite(value)]
    return {
        "n_networks": str(len(exact)),
        "n_sub_clusters": median(chosen(rows, ties="random", metric="n_sub_clusters")),
        "fisher_p": median(chosen(rows, ties="reference", metric="fisher_p")),
        "exact_p": median(exact),
        "effect": math.fsum(effects) / len(effects) if effects else None,
        "bates_p": bates([value for value in exact if value == value]),
    }


def main() -> int:
    """Writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--profile", default="quick")
    arguments = parser.parse_args()
    rows = entries(Results(arguments.results, arguments.profile))
    if not rows:
        print(
            f"{arguments.results} has no results of profile '{arguments.profile}': run modlab run "
            "experiments/clusters/partitions-importance.yaml and partitions-coherence.yaml",
            file=sys.stderr,
        )
        return 1
    folder = arguments.results / "tables"
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, "later", "Four partitions", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
