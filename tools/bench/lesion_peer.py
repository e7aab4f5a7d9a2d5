#!/usr/bin/env python3
"""The lesion jobs of `modlab bench` with PyTorch, on one thread: CPU seconds, one JSON line per job and form.

lesion_peer.py [lesions-mlp lesions-cnn] [--lesions N] [--images N]     needs torch

N of the 21 lesions of a sub-cluster and N of the images are measured, the seconds are those of all.
"""

import argparse
import json
import time
from collections.abc import Callable, Collection

import torch
from torch import Tensor, nn

IMAGES = 10_000
LESIONS = 21

torch.set_num_threads(1)
torch.manual_seed(0)


class Network:
    """Unit layers, and what makes logits of the last one's outputs."""

    def __init__(self, layers: list[nn.Module], head: nn.Module, batch: int, sub_clusters: int) -> None:
        self.layers = layers
        self.head = head
        self.batch = batch
        self.sub_clusters = sub_clusters

    def run(self, x: Tensor, start: int = 0, dead: tuple[int, Tensor] | None = None) -> Tensor:
        """Returns the classes, from inputs or from the outputs of the layer before `start`."""
        for layer in range(start, len(self.layers)):
            x = self.layers[layer](x)
            if dead is not None and dead[0] == layer:
                x = x * dead[1]
        return self.head(x).argmax(1)


def perceptron() -> tuple[Network, list[int], tuple[int, ...]]:
    """Returns four hidden layers of 256 units."""
    sizes = [784, 256, 256, 256, 256]
    layers = [nn.Sequential(nn.Linear(i, o), nn.ReLU()) for i, o in zip(sizes, sizes[1:])]
    return Network(layers, nn.Linear(256, 10), 500, 7), [1], (784,)


def convolutions() -> tuple[Network, list[int], tuple[int, ...]]:
    """Returns three convolutions of 64 channels."""

    def layer(inputs: int, *before: nn.Module) -> nn.Module:
        return nn.Sequential(*before, nn.Conv2d(inputs, 64, 3, padding=1), nn.ReLU())

    head = nn.Sequential(
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10)
    )
    layers = [layer(1), layer(64), layer(64, nn.MaxPool2d(2))]
    return Network(layers, head, 100, 12), [1, 1, 1], (1, 28, 28)


JOBS: dict[str, Callable[[], tuple[Network, list[int], tuple[int, ...]]]] = {
    "lesions-mlp": perceptron,
    "lesions-cnn": convolutions,
}


def measure(name: str, lesions: int, images: int) -> None:
    """Measures a job with a whole pass for every lesion, and with what follows the layer alone."""
    network, axes, shape = JOBS[name]()
    batches = torch.rand(images, *shape).split(network.batch)
    kept: list[list[Tensor]] = []
    for layer in range(len(network.layers)):
        kept.append([network.layers[layer](x) for x in (kept[-1] if kept else batches)])
    for form in ("whole pass", "from kept outputs"):
        start = time.process_time()
        for layer, outputs in enumerate(kept):
            for _ in range(lesions):
                mask = (torch.rand(outputs[0].shape[1], *axes[1:]) > 0.1).float()
                for x, y in zip(batches, outputs):
                    if form == "whole pass":
                        network.run(x, dead=(layer, mask))
                    else:
                        network.run(y * mask, start=layer + 1)
        report(name, form, start, lesions / (LESIONS * network.sub_clusters) * images / IMAGES)


def report(job: str, form: str, start: float, share: float) -> None:
    """Prints the seconds of a whole job, of which a share was measured since `start`."""
    seconds = round((time.process_time() - start) / share, 3)
    print(json.dumps({"job": job, "form": form, "cpu_seconds": seconds, "share": share}), flush=True)


def main(
    document: str | None, jobs: Collection[str], counts: dict[str, int], measure: Callable[..., None]
) -> None:
    """Measures the jobs that the command line names, by default all, with its counts or the given ones."""
    parser = argparse.ArgumentParser(description=document, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jobs", nargs="*", help=", ".join(jobs))
    for name, count in counts.items():
        parser.add_argument(f"--{name}", type=int, default=count)
    options = parser.parse_args()
    for job in options.jobs or jobs:
        measure(job, *(getattr(options, name) for name in counts))


if __name__ == "__main__":
    with torch.no_grad():
        main(__doc__, JOBS, {"lesions": 3, "images": 200}, measure)
