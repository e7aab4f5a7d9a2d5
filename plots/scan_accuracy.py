"""Accuracy on SCAN's test sets under the full mask and under that of each split, for both networks (Fig. 4a)."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import draw_bars, draw_legend, percent_axis, present, run, seeds_text
from tables import Selection, Summary

SPLITS = {"turn-left": "turn left", "jump": "jump", "length": "length"}
NETWORKS = {"scan-lstm": "LSTM", "scan-transformer": "Transformer"}
COLOURS = {
    "LSTM, full mask": "#0072B2",
    "Transformer, full mask": "#56B4E9",
    "LSTM, mask of the split": "#D55E00",
    "Transformer, mask of the split": "#E69F00",
}


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    tables, lacking = present(
        {name: selection.of(study) for study, name in NETWORKS.items()}, "accuracy"
    )
    series: dict[str, list[Summary]] = {}
    controls: dict[str, list[Summary | None]] = {}
    for kind in ("full mask", "mask of the split"):
        for network, table in tables.items():
            stages = ["full" if kind == "full mask" else split for split in SPLITS]
            bars, marks = [
                [
                    table.summary("accuracy", stage=stage, mask_mode=mode, eval_set=split).scaled(
                        100
                    )
                    for stage, split in zip(stages, SPLITS)
                ]
                for mode in ("mask", "random")
            ]
            series[f"{network}, {kind}"] = bars
            controls[f"{network}, {kind}"] = list(marks)
    figure, axes = plt.subplots(figsize=(6.4, 4), layout="constrained")
    draw_bars(axes, list(SPLITS.values()), series, "{:.0f}", COLOURS, controls)
    axes.set_xlabel("test set of the split")
    percent_axis(axes, "whole answers right (%)")
    draw_legend(figure, axes, "random mask of the same size", ncols=2)
    used = [entry for row in series.values() for entry in row]
    return figure, "; ".join([f"scan, {selection.profile} profile", *seeds_text(used), *lacking])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="scan-lstm"))
