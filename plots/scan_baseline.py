"""Masks trained without a split's test questions, against networks trained without them, on SCAN."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import draw_bars, draw_legend, percent_axis, present, run, seeds_text
from scan_accuracy import NETWORKS, SPLITS
from tables import Selection, Summary, TableError

COLOURS = {
    "LSTM, mask of the split": "#D55E00",
    "LSTM, trained on the split": "#0072B2",
    "Transformer, mask of the split": "#E69F00",
    "Transformer, trained on the split": "#56B4E9",
}


def baseline(selection: Selection, variant: str) -> dict[str, Summary]:
    """Returns the accuracy of networks that were trained on each split, in percent."""
    table = selection.of("scan-baseline", variant).table("accuracy")
    chosen = {"stage": "pretrained", "mask_mode": "none"}
    return {
        split: table.summary("accuracy", eval_set=split, split=split, **chosen).scaled(100)
        for split in SPLITS
        if table.has("accuracy", eval_set=split, split=split, **chosen)
    }


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    tables, lacking = present(
        {name: selection.of(study) for study, name in NETWORKS.items()}, "accuracy"
    )
    trained = {name: baseline(selection, name.lower()) for name in tables}
    splits = [split for split in SPLITS if all(split in entry for entry in trained.values())]
    if not splits:
        raise TableError("scan-baseline has no split for which all networks were trained")
    lacking += [f"not trained on {SPLITS[split]}" for split in SPLITS if split not in splits]
    series: dict[str, list[Summary]] = {}
    for network, table in tables.items():
        series[f"{network}, mask of the split"] = [
            table.summary("accuracy", stage=split, mask_mode="mask", eval_set=split).scaled(100)
            for split in splits
        ]
        series[f"{network}, trained on the split"] = [trained[network][split] for split in splits]
    figure, axes = plt.subplots(figsize=(6.6, 4), layout="constrained")
    draw_bars(axes, [SPLITS[split] for split in splits], series, "{:.0f}", COLOURS)
    axes.set_xlabel("test set of the split")
    percent_axis(axes, "whole answers right (%)")
    draw_legend(figure, axes, ncols=2)
    used = [entry for row in series.values() for entry in row]
    return figure, "; ".join([f"{selection.profile} profile", *seeds_text(used), *lacking])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="scan-baseline", variant="lstm"))
