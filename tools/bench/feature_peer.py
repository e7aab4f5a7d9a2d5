#!/usr/bin/env python3
"""The feature jobs of `modlab bench` with PyTorch, on one thread: CPU seconds, one JSON line per job and form.

feature_peer.py [features-mlp features-cnn] [--steps N] [--images N]     needs torch

N of the 257 steps are measured, and where images are made one by one N of the images of a layer; the seconds are those
of all.
"""

import random
import time

import torch
import torch.nn.functional as F
from lesion_peer import JOBS, Network, main, report
from torch import Tensor

STEPS = 257
CONTROLS = 9
SUB_CLUSTERS = {"features-mlp": 7, "features-cnn": 12}

torch.set_num_threads(1)


def moved(x: Tensor) -> Tensor:
    """Returns images with a mirrored border, jitter and another scale, back in their size."""
    row, column = random.randrange(5), random.randrange(5)
    x = F.pad(x, (2,) * 4, mode="reflect")[:, :, row : row + 28, column : column + 28]
    scale = random.choice((0.9, 0.95, 1, 1.05, 1.1))
    scaled = F.interpolate(x, scale_factor=scale, mode="bilinear")
    return F.interpolate(scaled, size=(28, 28), mode="bilinear")


def optimise(network: Network, layer: int, images: int, steps: int, is_vector: bool) -> None:
    """Takes steps of Adam on images that excite a tenth of the units of a layer each."""
    z = torch.normal(0.0, 0.01, (images, 1, 28, 28)).requires_grad_()
    optimizer = torch.optim.Adam([z], lr=0.05)
    members: Tensor | None = None
    for _ in range(steps):
        x = moved(torch.sigmoid(z))
        y = x.flatten(1) if is_vector else x
        for part in network.layers[: layer + 1]:
            y = part(y)
        y = y if is_vector else y.mean((2, 3))
        if members is None:
            members = (torch.rand(y.shape) < 0.1).float()
        optimizer.zero_grad()
        (-(y * members).sum()).backward()
        optimizer.step()


def measure(name: str, steps: int, images: int) -> None:
    """Measures a job with all images of a layer in one batch, and with one image at a time."""
    network, _, shape = JOBS[name.replace("features", "lesions")]()
    for parameter in (p for layer in network.layers for p in layer.parameters()):
        parameter.requires_grad_(False)
    every = SUB_CLUSTERS[name] * (1 + CONTROLS)
    for form, batch, count in (("one batch", every, 1), ("one by one", 1, images)):
        start = time.process_time()
        for layer in range(len(network.layers)):
            for _ in range(count):
                optimise(network, layer, batch, steps, len(shape) == 1)
        report(name, form, start, steps / STEPS * batch * count / every)


if __name__ == "__main__":
    main(__doc__, SUB_CLUSTERS, {"steps": 16, "images": 3}, measure)
