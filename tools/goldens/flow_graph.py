"""Writes flow_graph.json of Tests/ClustersTests: the graph of a small residual network, as PyTorch's gradients tell it.

python tools/goldens/flow_graph.py [FOLDER]     needs numpy, torch and what clusters.py needs

Which convolutions take the outputs of which is not written down here: the outputs of all but one are made constant, and
it is seen into whose inputs a gradient leads. Weights are those of `uniform` in clusters.py.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from clusters import FOLDER, save, uniform
from torch import Tensor, nn

torch.set_default_dtype(torch.float64)


class Block(nn.Module):
    """Two convolutions with a shortcut around them."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = nn.Sequential()
        if inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.downsample(x))


class Network(nn.Module):
    """As torchvision's residual networks, with three blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.maxpool = nn.MaxPool2d(2)
        self.layer1 = nn.Sequential(Block(4, 4, 1), Block(4, 4, 1))
        self.layer2 = nn.Sequential(Block(4, 6, 2))
        self.fc = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        x = self.layer2(self.layer1(x))
        return self.fc(x.mean((2, 3)))


def fill(network: nn.Module) -> list[str]:
    """Gives every tensor numbers of its own, in the order of the names, which is returned."""
    names = sorted(n for n in network.state_dict() if not n.endswith("num_batches_tracked"))
    for seed, name in enumerate(names, start=801):
        tensor = network.state_dict()[name]
        numbers = 2 * uniform(seed, tensor.numel()) - 1
        if name.endswith("running_var"):
            numbers = np.abs(numbers) + 0.5
        tensor.copy_(torch.tensor(numbers).reshape(tensor.shape))
    return names


def reached(network: nn.Module, source: str) -> dict[str, set[tuple[int, int]]]:
    """Returns, for every convolution and `fc`, pairs of an output channel of the source and an input channel there
    that a gradient joins when no other convolution passes anything on."""
    inputs: dict[str, Tensor] = {}
    own: list[Tensor] = []
    handles = []
    for name, module in network.named_modules():
        if not isinstance(module, (nn.Conv2d, nn.Linear)):
            continue

        def before(_: nn.Module, given: tuple[Tensor, ...], name: str = name) -> None:
            inputs[name] = given[0]

        def after(_: nn.Module, given: object, made: Tensor, name: str = name) -> Tensor:
            if name != source:
                return made.detach()
            own.append(made.detach().requires_grad_())
            return own[-1]

        handles += [module.register_forward_pre_hook(before), module.register_forward_hook(after)]
    # Many different images, so that every ReLU is open somewhere.
    network(torch.tensor(8 * uniform(900, 99 * 3 * 8 * 8) - 4).reshape(99, 3, 8, 8))
    found = {}
    for name, value in inputs.items():
        pairs = set()
        for channel in range(value.shape[1]) if value.requires_grad and name != source else ():
            gradient = torch.autograd.grad(value[:, channel].sum(), own[0], retain_graph=True)[0]
            pairs |= {(int(c), channel) for c in gradient.abs().sum((0, 2, 3)).nonzero()}
        found[name] = pairs
    for handle in handles:
        handle.remove()
    return found


def write(folder: Path) -> None:
    """Writes flow_graph."""
    network = Network().eval().requires_grad_(False)
    with torch.no_grad():
        names = fill(network)
    modules = dict(network.named_modules())
    takers = [n for n, m in modules.items() if isinstance(m, nn.Conv2d)][1:] + ["fc"]
    sizes = [modules[n].weight.shape[1] for n in takers]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    offsets = dict(zip(takers, starts))
    adjacency = np.zeros((starts[-1], starts[-1]))
    for source in takers[:-1]:
        norm = source.replace("conv", "bn") if "conv" in source else source[:-1] + "1"
        kernel = modules[source].weight.detach().abs().sum((2, 3))
        factor = modules[norm].weight.detach().abs() / (modules[norm].running_var + 1e-5).sqrt()
        slices = (kernel * factor[:, None]).numpy()
        for target, pairs in reached(network, source).items():
            if target not in offsets:
                continue
            for output, channel in pairs:
                for given in range(slices.shape[1]):
                    row, column = offsets[source] + given, offsets[target] + channel
                    adjacency[row, column] += slices[output, given]
                    adjacency[column, row] = adjacency[row, column]
    save(folder, "flow_graph", names=names, groups=takers, sizes=sizes, adjacency=adjacency)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
