"""Ten images of class 3 of every composed data set (Fig. 3): halves left, stacks right.

Rows: MNIST, both images of one class and of any two whose numbers are added, then Fashion-MNIST. The
published files are read from $MODLAB_DATA or `data`; the pairs are drawn here, by the rules by which
modlab draws those of its runs. The two channels of stacks are green and blue.
"""

import gzip
import os
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from drawing import run
from tables import Selection, TableError

COUNT = 10
CLASS = 3
SETS = {"MNIST": "mnist", "Fashion-MNIST": "fashion-mnist"}
#: Gaussian of 0.5 pixels.
TAPS = np.exp(-np.arange(-2, 3) ** 2 / 0.5) / np.exp(-np.arange(-2, 3) ** 2 / 0.5).sum()


def read(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Reads the test images of a set, from 0 to 1, and their classes."""
    arrays = []
    for part in ("images-idx3", "labels-idx1"):
        paths = [folder / name / f"t10k-{part}-ubyte{suffix}" for suffix in (".gz", "")]
        path = next((path for path in paths if path.is_file()), None)
        if path is None:
            raise TableError(f"{paths[0]} is missing; fetch it with 'modlab data fetch {name}'")
        content = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
        arrays.append(np.frombuffer(content, dtype=np.uint8, offset=16 if "3" in part else 8))
    return arrays[0].reshape(-1, 28, 28) / 255, arrays[1]


def half_width(images: np.ndarray) -> np.ndarray:
    """Returns images at half their width: blurred along the rows, then the mean of two columns."""
    padded = np.pad(images, ((0, 0), (0, 0), (2, 2)), mode="reflect")
    blurred = sum(tap * padded[:, :, place : place + 28] for place, tap in enumerate(TAPS))
    halves = (blurred[:, :, 0::2] + blurred[:, :, 1::2]) / 2
    return halves / halves.max()


def pairs(classes: np.ndarray, same: bool, random: np.random.Generator) -> np.ndarray:
    """Returns the indices of COUNT pairs of class CLASS."""
    members = np.flatnonzero(classes == CLASS)
    if same:
        return np.stack([members[:COUNT], random.choice(members, COUNT)], axis=1)
    drawn = random.integers(len(classes), size=(100 * COUNT, 2))
    return drawn[(classes[drawn].sum(axis=1) % 10) == CLASS][:COUNT]


def draw(selection: Selection) -> tuple[Figure, str]:
    """Draws the figure; returns it with its caption."""
    folder = Path(os.environ.get("MODLAB_DATA") or "data")
    random = np.random.default_rng(3)
    rows: list[tuple[str, np.ndarray, np.ndarray]] = []
    for title, name in SETS.items():
        images, classes = read(folder, name)
        halves = half_width(images)
        for kind in ("same", "diff"):
            chosen = pairs(classes, kind == "same", random)
            beside = np.concatenate([halves[chosen[:, 0]], halves[chosen[:, 1]]], axis=2)
            zero = np.zeros((COUNT, 28, 28))
            behind = np.stack([zero, images[chosen[:, 0]], images[chosen[:, 1]]], axis=3)
            rows.append((f"{title}, {kind}", np.repeat(beside[..., None], 3, axis=3), behind))
    figure, panels = plt.subplots(1, 2, figsize=(10, 2.4), layout="constrained")
    for number, (axes, title) in enumerate(zip(panels, ("halves", "stacks"), strict=True)):
        lines = [np.concatenate(list(row[number + 1]), axis=1) for row in rows]
        axes.imshow(np.concatenate(lines), interpolation="nearest")
        axes.set_title(title, fontsize=10)
        axes.set_xticks([])
        labels = [row[0] for row in rows] if number == 0 else [""] * len(rows)
        axes.set_yticks(28 * np.arange(len(rows)) + 14, labels, fontsize=8)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    return figure, f"test images of class {CLASS}; same: both of this class, diff: the numbers add up"


if __name__ == "__main__":
    sys.exit(run(__doc__, draw, study="cluster-pictures", variant="mnist"))
