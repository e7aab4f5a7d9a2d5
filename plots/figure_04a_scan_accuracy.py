"""Figure 4a: accuracy on SCAN's test sets with the full mask and with that of each split."""

import sys

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from drawing import caption, draw_bars, run
from tables import Selection

SPLITS = {"turn-left": "turn left", "jump": "jump", "length": "length"}


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    table = selection.table("accuracy")
    series = {
        name: [
            table.summary(
                "accuracy",
                stage="full" if name == "full" else split,
                mask_mode="mask",
                eval_set=split,
            ).scaled(100)
            for split in SPLITS
        ]
        for name in ("full", "split")
    }
    figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
    draw_bars(axes, list(SPLITS.values()), series, "{:.0f}")
    axes.set_xlabel("test set of the split")
    axes.set_ylabel("whole answers right (%)")
    axes.set_ylim(0, 115)
    axes.set_yticks(range(0, 101, 20))
    axes.legend(ncols=2, loc="upper center", bbox_to_anchor=(0.5, 1.14))
    return figure, caption(selection, [entry for row in series.values() for entry in row])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="scan-lstm"))
