"""Tables 7, 8 and 9 of the paper on clusters: sub-clusters of single networks, of the first seed."""

from collections.abc import Sequence

from wide_tables import Results, Row, chosen, first_seed, median


def table_7(results: Results, study: str = "cluster-dependency") -> list[dict[str, object]]:
    """Table 7 or 8: single lesions of the first network of a study, k = 8, first seed; the network of
    cluster-dependency is that for Fashion-MNIST with dropout."""
    keys = {"partition": "weights-k8"}
    rows = first_network(results.rows(study, "sub_cluster"))
    p_rows = first_network(results.rows(study, "sub_cluster_p"))
    kinds = first_network(results.rows(study, "taxonomy"))
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


def first_network(rows: Sequence[Row]) -> list[Row]:
    """Returns the rows of the first variant and seed."""
    rows = first_seed(rows)
    return [row for row in rows if row["variant"] == rows[0]["variant"]]


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
