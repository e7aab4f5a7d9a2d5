"""Images that excite sub-clusters of the first seed's network most, beside those of random units (Fig. 5).

A row is a sub-cluster: its own image on the left, then one of every control. Of more than twelve sub-clusters every
second, third, … is shown, so that all layers are. With --network it is an imported network of torchvision, with
batch normalisation or without.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from clusters import features, first_run
from drawing import run
from imported_networks import model, run_of
from tables import Selection

#: Rows of the figure at most.
MOST = 12

#: Height of the images in inches at most.
TALLEST = 8.0

#: The networks of torchvision that the paper has.
NETWORKS = ("vgg16", "vgg19", "resnet50")


def row(images: np.ndarray) -> np.ndarray:
    """Returns the images of a sub-cluster and its controls side by side, with a gap behind the first."""
    if images.shape[1] == 2:
        images = np.concatenate([np.zeros_like(images[:, :1]), images], axis=1)
    coloured = np.repeat(images, 3, axis=1) if images.shape[1] == 1 else images
    coloured = coloured.transpose(0, 2, 3, 1)
    height, width = coloured.shape[1:3]
    gap = np.ones((height, max(2, width // 4), 3))
    line = np.ones((height, 1, 3))
    parts = [coloured[0], gap]
    for image in coloured[1:]:
        parts += [image, line]
    return np.concatenate(parts, axis=1)


def draw(selection: Selection, network: str = "none") -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    folder = first_run(selection) if network == "none" else run_of(selection, network)
    partition, found = features(folder)
    shown = found[:: -(-len(found) // MOST)]
    side = shown[0][2].shape[-2]
    rows = []
    for _, _, images in shown:
        image = row(images)
        rows += [image, np.ones((1, image.shape[1], 3))]
    image = np.concatenate(rows)
    height, width, _ = image.shape
    tall = min(6.0 * height / width, TALLEST)
    figure, axes = plt.subplots(figsize=(7.0, tall + 0.8), layout="constrained")
    axes.imshow(image, interpolation="nearest")
    places = [number * (side + 1) + side / 2 for number in range(len(shown))]
    axes.set_yticks(places, [f"{layer}, {cluster}" for layer, cluster, _ in shown], fontsize=7)
    left = shown[0][2].shape[-1]
    axes.set_xticks([left / 2, left + (width - left) / 2], ["sub-cluster", "random units"])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    name = model(folder) or f"variant {selection.variant}"
    parts = [f"{selection.study}, {selection.profile} profile, {name}"]
    count = f"{len(shown)} of {len(found)} sub-clusters"
    return figure, "; ".join([*parts, f"{partition}, first seed, {count}"])


if __name__ == "__main__":
    choices = {"network": ("none", *NETWORKS)}
    sys.exit(run(__doc__, draw, study="cluster-coherence", variant="mlp-mnist", options=choices))
