"""Writes torchvision.json of Tests/NetworkFilesTests: networks of torchvision as PyTorch computes them.

python tools/goldens/torchvision_networks.py [FOLDER]     needs numpy, torch and torchvision

Logits, intact and with input slices of one convolution set to 0; which convolutions take the outputs of which, as
gradients tell it; some edges of the graph. Weights and images repeat the few numbers of `numbers`, which the tests have
as well, so that nothing large is stored; all is computed in double precision from single-precision numbers.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torchvision
from torch import Tensor, nn

FOLDER = Path(__file__).resolve().parents[2] / "Tests" / "NetworkFilesTests" / "Goldens"
CLASSES = 7
IMAGES = 3
#: Side of the images, and the layer whose input slices are set to 0: one that others share their inputs with, if there
#: is one; in `vgg16_bn` the linear layer behind the convolutions.
NETWORKS = {
    "vgg16": (32, "features.7"),
    "vgg16_bn": (32, "classifier.0"),
    "resnet18": (64, "layer2.0.downsample.0"),
    "resnet50": (64, "layer3.1.conv1"),
}
PERIOD = 9973


def numbers(seed: int) -> np.ndarray:
    """Returns numbers in 0…1: x ← 48271 x mod 2³¹ − 1, from x = seed on, divided by 2³¹ − 1 (Park, Miller 1988)."""
    found, x = [], seed
    for _ in range(PERIOD):
        x = 48271 * x % 2147483647
        found.append(x / 2147483647)
    return np.array(found)


def repeated(values: np.ndarray, shape: tuple[int, ...]) -> Tensor:
    """Returns the values again and again, rounded to single precision."""
    return torch.tensor(np.resize(values.astype(np.float32), shape).astype(np.float64))


def content(seed: int, name: str, shape: tuple[int, ...]) -> Tensor:
    """Returns the numbers of a tensor."""
    u = numbers(seed)
    t = 2 * u - 1
    if name.endswith("running_var") or (name.endswith("weight") and len(shape) == 1):
        return repeated(0.5 + u, shape)
    if len(shape) == 1:
        return repeated(0.2 * t, shape)
    return repeated(t * math.sqrt(6 / math.prod(shape[1:])), shape)


def filled(model: str) -> nn.Module:
    """Returns a network with the numbers of the names' places in their order."""
    network = getattr(torchvision.models, model)(num_classes=CLASSES).double().eval().requires_grad_(False)
    state = network.state_dict()
    names = sorted(name for name in state if not name.endswith("num_batches_tracked"))
    for place, name in enumerate(names):
        state[name].copy_(content(place + 1, name, tuple(state[name].shape)))
    return network


def takers(network: nn.Module, names: list[str], images: Tensor) -> list[list[int]]:
    """Returns, for every convolution but the first, which groups of inputs its outputs come to.

    The outputs of all other convolutions are held constant; a group is reached when the gradient of one of its channels
    leads to the channel of the same number, and to no other.
    """
    modules = dict(network.named_modules())
    found = []
    for source in names[1:-1]:
        inputs: dict[str, Tensor] = {}
        own: list[Tensor] = []
        handles = []
        for name in names:

            def before(_: nn.Module, given: tuple[Tensor, ...], name: str = name) -> None:
                inputs[name] = given[0]

            def after(_: nn.Module, given: object, made: Tensor, name: str = name, source: str = source) -> Tensor:
                if name != source:
                    return made.detach()
                own.append(made.detach().requires_grad_())
                return own[-1].clone()  # ReLU works in place

            handles += [modules[name].register_forward_pre_hook(before)]
            handles += [modules[name].register_forward_hook(after)]
        network(images)
        for handle in handles:
            handle.remove()
        reached = []
        for group, name in enumerate(names[1:]):
            value = inputs[name]
            if not value.requires_grad or name == source:
                continue
            places = value.shape[1] // own[0].shape[1]
            channels = set()
            for channel in (0, 3, 6, 9):
                part = value[:, channel * places : (channel + 1) * places]
                gradient = torch.autograd.grad(part.sum(), own[0], retain_graph=True)[0]
                channels |= {(channel, int(c)) for c in gradient.abs().sum((0, 2, 3)).nonzero()}
            assert channels and all(a == b for a, b in channels), (source, name, channels)
            reached.append(group)
        found.append(reached)
    return found


def norm_of(network: nn.Module, convolution: str) -> nn.BatchNorm2d | None:
    """Returns the normalisation behind a convolution: what is defined next, if it is one."""
    modules = [(n, m) for n, m in network.named_modules() if isinstance(m, (nn.Conv2d, nn.BatchNorm2d))]
    place = [name for name, _ in modules].index(convolution)
    follower = modules[place + 1][1] if place + 1 < len(modules) else None
    return follower if isinstance(follower, nn.BatchNorm2d) else None


def edges(network: nn.Module, names: list[str], reached: list[list[int]]) -> list[list[float]]:
    """Returns group and unit of both ends of some edges, and their weights."""
    modules = dict(network.named_modules())
    found = []
    for group, name in list(enumerate(names[1:-1]))[:: max(1, len(names) // 8)]:
        kernel = modules[name].weight.abs().sum((2, 3))
        norm = norm_of(network, name)
        if norm is not None:
            kernel = kernel * (norm.weight.abs() / (norm.running_var + norm.eps).sqrt())[:, None]
        output, given = 5 % kernel.shape[0], 9 % kernel.shape[1]
        found += [[group, given, target, output, float(kernel[output, given])] for target in reached[group]]
    return found


def main(folder: Path) -> None:
    """Writes the file."""
    result = {}
    for model, (side, lesioned) in NETWORKS.items():
        network = filled(model)
        modules = dict(network.named_modules())
        images = repeated(numbers(999), (IMAGES, 3, side, side))
        convolutions = [name for name, module in modules.items() if isinstance(module, nn.Conv2d)]
        names = [*convolutions, next(name for name, m in modules.items() if isinstance(m, nn.Linear))]
        reached = takers(network, names, repeated(2 * numbers(998) - 1, (4, 3, 64, 64)))
        joined = edges(network, names, reached)
        logits = network(images)
        weight = modules[lesioned].weight
        channels = weight.shape[1] if lesioned in convolutions else modules[convolutions[-1]].weight.shape[0]
        span = weight.shape[1] // channels
        units = range(1, 24, 3)
        for unit in units:
            weight[:, unit * span : (unit + 1) * span] = 0
        result[model] = {
            "side": side,
            "logits": logits.tolist(),
            "takers": reached,
            "edges": joined,
            "lesion": {"group": names.index(lesioned) - 1, "logits": network(images).tolist()},
        }
        print(model, logits[0].tolist(), result[model]["lesion"]["logits"][0])
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    text = json.dumps({"versions": versions, **result}, separators=(",", ":"))
    (folder / "torchvision.json").write_text(text + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
