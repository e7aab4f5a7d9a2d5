"""Pictures of all sub-clusters of the first seed's network, above four of random units (Figs. 1 and 4).

A column is a sub-cluster, by layer and cluster; the row above the white line is the sub-cluster's
own. Every column has its own range of grey. The two channels of stacks are green and blue.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from clusters import first_run, pictures
from drawing import run
from tables import Selection


def column(picture: np.ndarray) -> np.ndarray:
    """Returns the pictures of a sub-cluster and its controls one below the other, in red, green and
    blue, with a white line under the first."""
    low, high = picture.min(), picture.max()
    scaled = (picture - low) / (high - low if high > low else 1)
    draws, channels, rows, columns = scaled.shape
    if channels == 1:
        coloured = np.repeat(scaled, 3, axis=1)
    elif channels == 2:
        coloured = np.concatenate([np.zeros((draws, 1, rows, columns)), scaled], axis=1)
    else:
        coloured = scaled
    images = coloured.transpose(0, 2, 3, 1)
    line = np.ones((1, columns, 3))
    return np.concatenate([images[0], line, *images[1:]])


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    partition, found = pictures(first_run(selection))
    image = np.concatenate([column(picture) for _, _, picture in found], axis=1)
    height, width, _ = image.shape
    inches = max(5.0, min(12.0, width / 75 + 1))
    size = (inches, (inches - 1) * height / width + 0.7)
    figure, axes = plt.subplots(figsize=size, layout="constrained")
    axes.imshow(image, interpolation="nearest")
    side = found[0][2].shape[-1]
    ticks, names, last = [], [], ""
    for number, (layer, _, _) in enumerate(found):
        if layer != last:
            ticks.append(number * side)
            names.append(layer)
            last = layer
    axes.set_xticks(ticks, names, ha="left", fontsize=7)
    axes.set_yticks([side / 2, side + 1 + (height - side - 1) / 2], ["sub-cluster", "random"])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    parts = [f"{selection.study}, {selection.profile} profile, variant {selection.variant}"]
    return figure, "; ".join([*parts, f"{partition}, first seed, {len(found)} sub-clusters"])


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="cluster-pictures", variant="mnist"))
