"""Accuracy on hard questions of five mathematical modules: as trained, and under masks of all and of easy ones."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import draw_bars, draw_legend, percent_axis, present, run, seeds_text
from tables import Selection, Summary

MODULES = {
    "linear-1d": "linear\nequations",
    "add-or-sub": "add or\nsubtract",
    "differentiate": "differen-\ntiation",
    "sort": "sorting",
    "collect": "collecting\nterms",
}
#: Stage and mask mode of every bar.
BARS = {
    "as trained": ("pretrained", "none"),
    "mask of all questions": ("full", "mask"),
    "mask of easy questions": ("easy", "mask"),
}
COLOURS = {
    "as trained": "#0072B2",
    "mask of all questions": "#56B4E9",
    "mask of easy questions": "#D55E00",
}


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    tables, lacking = present(
        {variant: selection.of(selection.study, variant) for variant in MODULES}, "accuracy"
    )

    def bars(stage: str, mode: str) -> list[Summary]:
        return [
            table.summary("accuracy", stage=stage, mask_mode=mode, eval_set="hard").scaled(100)
            for table in tables.values()
        ]

    series = {label: bars(*keys) for label, keys in BARS.items()}
    controls = {
        label: bars(stage, "random") for label, (stage, mode) in BARS.items() if mode == "mask"
    }
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    draw_bars(axes, [MODULES[name] for name in tables], series, "{:.0f}", COLOURS, controls)
    percent_axis(axes, "hard questions right (%)")
    draw_legend(figure, axes, "random mask of the same size", ncols=2)
    used = [entry for row in series.values() for entry in row]
    parts = [f"{selection.study}, {selection.profile} profile", *seeds_text(used), *lacking]
    return figure, "; ".join(parts)


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="math-transformer", variant="add-or-sub"))
