"""p values of Fisher's test for shuffled labels against expected quantiles, in the four modes of ties, all networks."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import PALETTE, draw_legend, run
from tables import Selection, TableError

QUANTITIES = {"importance": "importance", "class-range": "class range"}
#: The modes with the metric that is drawn: halves of ranks have no exact test.
MODES = {
    "reference": "fisher_exact_p",
    "conservative": "fisher_exact_p",
    "mid": "fisher_p",
    "random": "fisher_exact_p",
}
PARTITION = "shuffled-weights-k"
LEVEL = 0.05


def p_values(selection: Selection) -> tuple[str, dict[tuple[str, str], list[float]]]:
    """Returns a partition, and the p values of all networks by quantity and mode, ascending."""
    rows = []
    for variant in selection.variants("cluster_test"):
        shown = selection.of(selection.study, variant, selection.where)
        for metric in ("fisher_p", "fisher_exact_p"):
            for found in shown.values_by_seed("cluster_test", metric).values():
                rows += [row for row in found if row["partition"].startswith(PARTITION)]
    if not rows:
        raise TableError(f"{selection.study} has no tests of shuffled labels")
    # The number of clusters of the published table, or the one nearest to it.
    partition = min(
        {row["partition"] for row in rows}, key=lambda name: abs(int(name.removeprefix(PARTITION)) - 12)
    )
    values: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        if row["partition"] == partition and row["metric"] == MODES[row["ties"]]:
            values.setdefault((row["quantity"], row["ties"]), []).append(float(row["value"]))
    return partition, {place: sorted(found) for place, found in values.items()}


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    partition, values = p_values(selection)
    figure, grid = plt.subplots(
        1, len(QUANTITIES), figsize=(7.2, 3.8), sharex=True, sharey=True, layout="constrained"
    )
    colours = dict(zip(MODES, ("#D55E00", PALETTE[0], PALETTE[3], PALETTE[2]), strict=True))
    shares = []
    for axes, (quantity, title) in zip(grid, QUANTITIES.items(), strict=True):
        axes.plot([0, 1], [0, 1], color="0.6", linewidth=1, zorder=1)
        axes.axhline(LEVEL, color="0.6", linewidth=0.8, linestyle=":", zorder=1)
        for mode in MODES:
            found = values[quantity, mode]
            expected = [(rank - 0.5) / len(found) for rank in range(1, len(found) + 1)]
            axes.plot(
                expected, found, color=colours[mode], label=mode, marker="o", markersize=3.5, linewidth=1
            )
        counts = {mode: sum(p < LEVEL for p in values[quantity, mode]) for mode in MODES}
        shares.append(f"{title}: " + ", ".join(f"{mode} {count}" for mode, count in counts.items()))
        axes.set_title(title)
        axes.set_xlabel("expected quantile")
        axes.set_aspect("equal")
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.02, 1.02)
        axes.grid(color="0.92")
    grid[0].set_ylabel("p of Fisher's test")
    draw_legend(figure, grid[0])
    networks = len(values["importance", "random"])
    where = "".join(f", {key} = {value}" for key, value in selection.where)
    text = f"{selection.study}, {selection.profile} profile{where}, {partition}, number of networks: {networks}"
    return figure, (
        f"{text}; below {LEVEL} (dotted) by {'; by '.join(shares)}; "
        "exact p values, of mid by chi-squared"
    )


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="cluster-importance", variant="mlp-fashion-dropout"))
