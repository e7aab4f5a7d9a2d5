"""Sharing that masks show against what is shared by construction, and how well they find what is needed."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import PALETTE, caption, draw_legend, run
from tables import Selection, Summary

DIAL = "model.shared"
PAIR = {"mask_a": "first", "mask_b": "second", "layer": "all"}


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 4.0), layout="constrained")
    shown: list[Summary] = []
    ends: list[float] = []
    for number, variant in enumerate(selection.variants("sharing")):
        found = selection.of(selection.study, variant, selection.where)
        sharing, planted = found.table("sharing"), found.table("planted_sharing")
        truth = found.table("planted_truth")
        style = {"color": PALETTE[number % len(PALETTE)], "marker": "o", "markersize": 4}
        points = [
            (
                planted.summary("sigma", **{DIAL: dial}, **PAIR).mean,
                sharing.summary("sigma", **{DIAL: dial}, **PAIR),
            )
            for dial in sharing.values(DIAL)
            if sharing.has("sigma", **{DIAL: dial}, **PAIR)
        ]
        left.plot([x for x, _ in points], [y.mean for _, y in points], label=variant, **style)
        for x, entry in points:
            if entry.low is not None and entry.high is not None:
                left.plot([x, x], [entry.low, entry.high], color=style["color"], linewidth=1)
        ends += [x for x, _ in points]
        areas = {
            dial: [
                truth.summary("auroc", stage=stage, layer="all", **{DIAL: dial})
                for stage in ("first", "second")
            ]
            for dial in truth.values(DIAL)
        }
        right.plot(
            [float(dial) for dial in areas],
            [sum(entry.mean for entry in entries) / len(entries) for entries in areas.values()],
            **style,
        )
        shown += [entry for _, entry in points] + [x for row in areas.values() for x in row]
    left.plot([min(ends), max(ends)], [min(ends), max(ends)], color="0.4", linestyle=":")
    left.set_xlabel("σ of the weights that are needed")
    left.set_ylabel("σ of the masks")
    right.axhline(0.5, color="0.4", linestyle=":")
    right.set_xlabel("share of the sums that are recognised once for both")
    right.set_ylabel("area under the curve of the logits")
    for axes in (left, right):
        axes.grid(color="0.88")
    draw_legend(figure, left, ncols=3)
    text = caption(selection, shown).replace(
        "mean ± standard deviation over seeds", "mean over seeds, σ with its 95 % bootstrap interval"
    )
    return figure, f"{text}; dotted: what is planted, and chance"


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="planted-dial"))
