"""Golden files of layers for images, and of training a convolutional network.

modlab keeps images channels last; the files hold them so. Kernels have PyTorch's shape. Precision
as in `layers.py`, of the training as in `training.py`.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn.functional import avg_pool2d, conv2d, cross_entropy, max_pool2d, relu
from torch.nn.utils import clip_grad_norm_
from torch.optim import Adam

from golden_file import Array, Tensors, as_array
from layers import leaf, normal
from networks import as_double, gradient_of

#: Images, height, width, inputs, outputs, kernel, stride, padding, bias.
CONVOLUTION_SHAPES = (
    (1, 1, 1, 1, 1, 1, 1, 0, True),
    (2, 6, 5, 3, 4, 3, 1, 1, True),
    (2, 7, 6, 4, 5, 3, 2, 1, False),
    (3, 6, 6, 5, 7, 1, 2, 0, False),
    (2, 5, 6, 2, 3, 2, 2, 0, True),
    (1, 7, 8, 3, 2, 4, 3, 2, True),
    (4, 9, 8, 19, 21, 3, 1, 1, True),
)

#: Images, height, width, channels.
POOLING_SHAPES = ((1, 2, 2, 1), (2, 5, 6, 3), (2, 4, 4, 19))
#: Images, height, width, channels, size, stride, padding.
WINDOW_SHAPES = (
    (2, 5, 6, 3, 3, 3, 0),
    (1, 6, 5, 2, 3, 1, 0),
    (2, 7, 6, 5, 3, 2, 1),
    (1, 4, 5, 19, 2, 1, 1),
    (1, 9, 7, 2, 5, 2, 2),
    (2, 7, 5, 3, 2, 3, 0),
)
NORM_SHAPES = ((2, 1, 1, 1), (3, 4, 5, 6), (4, 3, 3, 19))

#: Inputs, outputs, stride.
BLOCK_SHAPES = ((5, 5, 1), (4, 6, 2), (3, 5, 1))

CHANNELS = (6, 8, 10, 12)
SIDE, STEPS, BATCH, BATCHES = 16, 20, 8, 4
MAXIMUM_NORM = 1.0


def channels_first(images: torch.Tensor) -> torch.Tensor:
    """B x H x W x C to B x C x H x W."""
    return images.permute(0, 3, 1, 2)


def channels_last(images: torch.Tensor) -> torch.Tensor:
    """B x C x H x W to B x H x W x C."""
    return images.permute(0, 2, 3, 1)


def generate_convolution() -> tuple[Tensors, dict[str, str]]:
    """Convolutions with strides, paddings and kernels of several sizes."""
    random = np.random.default_rng(301)
    tensors: Tensors = {}
    for case, shape in enumerate(CONVOLUTION_SHAPES):
        images, height, width, inputs, outputs, kernel, stride, padding, has_bias = shape
        given = {
            "x": normal(random, (images, height, width, inputs)),
            "w": normal(random, (outputs, inputs, kernel, kernel), (inputs * kernel**2) ** -0.5),
        }
        if has_bias:
            given["b"] = normal(random, (outputs,))
        leaves = {name: leaf(array) for name, array in given.items()}
        output = channels_last(
            conv2d(
                channels_first(leaves["x"]), leaves["w"], leaves.get("b"), stride, padding
            )
        )
        slope = normal(random, tuple(output.shape))
        output.backward(as_double(slope))
        found = given | {"dy": slope, "y": as_array(output)}
        found |= {f"d{name}": gradient_of(tensor) for name, tensor in leaves.items()}
        found["geometry"] = np.array((kernel, stride, padding))
        tensors |= {f"{case}/{name}": array for name, array in found.items()}
    return tensors, {}


def generate_pooling() -> tuple[Tensors, dict[str, str]]:
    """The largest of 2 x 2 pixels, with ties, and the mean over the map."""
    random = np.random.default_rng(302)
    tensors: Tensors = {}
    operations: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "max": lambda x: channels_last(max_pool2d(channels_first(x), 2)),
        "mean": lambda x: channels_first(x).mean((2, 3)),
    }
    for case, shape in enumerate(POOLING_SHAPES):
        # Few different numbers, so that many pixels are equal.
        values = random.integers(-2, 3, shape).astype(np.float32)
        tensors[f"{case}/x"] = values
        for name, operation in operations.items():
            x = leaf(values)
            output = operation(x)
            slope = normal(random, tuple(output.shape))
            output.backward(as_double(slope))
            tensors[f"{case}/{name}/dy"] = slope
            tensors[f"{case}/{name}/y"] = as_array(output)
            tensors[f"{case}/{name}/dx"] = gradient_of(x)
    return tensors, {}


def generate_window_pooling() -> tuple[Tensors, dict[str, str]]:
    """Largest and mean of windows of any size, stride and padding, counted and not."""
    random = np.random.default_rng(304)
    tensors: Tensors = {}
    for case, (*shape, size, stride, padding) in enumerate(WINDOW_SHAPES):
        operations: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
            "max": lambda x: max_pool2d(x, size, stride, padding),
            "mean": lambda x: avg_pool2d(x, size, stride, padding),
            "mean_within": lambda x: avg_pool2d(
                x, size, stride, padding, count_include_pad=False
            ),
        }
        # Few different numbers, so that many pixels are equal.
        values = random.integers(-2, 3, shape).astype(np.float32)
        tensors[f"{case}/x"] = values
        tensors[f"{case}/window"] = np.array((size, stride, padding))
        for name, operation in operations.items():
            x = leaf(values)
            output = channels_last(operation(channels_first(x)))
            slope = normal(random, tuple(output.shape))
            output.backward(as_double(slope))
            tensors[f"{case}/{name}/dy"] = slope
            tensors[f"{case}/{name}/y"] = as_array(output)
            tensors[f"{case}/{name}/dx"] = gradient_of(x)
    return tensors, {}


def generate_batch_norm() -> tuple[Tensors, dict[str, str]]:
    """nn.BatchNorm2d: two steps of training, then evaluation with the running statistics."""
    random = np.random.default_rng(303)
    tensors: Tensors = {}
    for case, shape in enumerate(NORM_SHAPES):
        module = nn.BatchNorm2d(shape[3]).double()
        start = {name: normal(random, (shape[3],)) + 1 for name in ("weight", "bias")}
        parameters = dict(module.named_parameters())
        for name, array in start.items():
            parameters[name].data.copy_(as_double(array))
            tensors[f"{case}/start/{name}"] = array
        for step in range(3):
            module.train(step < 2)
            module.zero_grad()
            values = normal(random, shape, 2) + 1
            slope = normal(random, shape)
            x = leaf(values)
            output = channels_last(module(channels_first(x)))
            output.backward(as_double(slope))
            found = {
                "x": values,
                "dy": slope,
                "y": as_array(output),
                "dx": gradient_of(x),
                "running_mean": as_array(module.running_mean),
                "running_var": as_array(module.running_var),
            }
            found |= {f"d{name}": gradient_of(tensor) for name, tensor in parameters.items()}
            tensors |= {f"{case}/{step}/{name}": array for name, array in found.items()}
    return tensors, {}


class BasicBlock(nn.Module):
    """A residual block with modlab's parameter names."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()

        def layer(inputs: int, kernel: int, stride: int) -> nn.ModuleDict:
            convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
            return nn.ModuleDict({"convolution": convolution, "norm": nn.BatchNorm2d(outputs)})

        self.first = layer(inputs, 3, stride)
        self.second = layer(outputs, 3, 1)
        self.shortcut = layer(inputs, 1, stride) if stride > 1 or inputs != outputs else None

    @staticmethod
    def apply_layer(part: nn.ModuleDict, x: torch.Tensor) -> torch.Tensor:
        """Convolution and normalisation."""
        return part["norm"](part["convolution"](x))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The block's output, channels first."""
        around = x if self.shortcut is None else self.apply_layer(self.shortcut, x)
        inner = relu(self.apply_layer(self.first, x))
        return relu(self.apply_layer(self.second, inner) + around)


def generate_residual_block() -> tuple[Tensors, dict[str, str]]:
    """A basic block in training and in evaluation, with and without projection."""
    random = np.random.default_rng(304)
    tensors: Tensors = {}
    for case, (inputs, outputs, stride) in enumerate(BLOCK_SHAPES):
        module = BasicBlock(inputs, outputs, stride).double()
        parameters = dict(module.named_parameters())
        tensors[f"{case}/sizes"] = np.array((inputs, outputs, stride))
        for name, parameter in parameters.items():
            array = normal(random, tuple(parameter.shape), 0.3)
            if name.endswith("norm.weight"):
                array += 1
            parameter.data.copy_(as_double(array))
            tensors[f"{case}/start/{name}"] = array
        for phase in ("training", "evaluation"):
            module.train(phase == "training")
            module.zero_grad()
            values = normal(random, (3, 6, 5, inputs))
            x = leaf(values)
            output = channels_last(module(channels_first(x)))
            slope = normal(random, tuple(output.shape))
            output.backward(as_double(slope))
            found = {"x": values, "dy": slope, "y": as_array(output), "dx": gradient_of(x)}
            found |= {
                f"gradient/{name}": gradient_of(tensor) for name, tensor in parameters.items()
            }
            tensors |= {f"{case}/{phase}/{name}": array for name, array in found.items()}
        for name, buffer in module.named_buffers():
            if not name.endswith("num_batches_tracked"):
                tensors[f"{case}/buffer/{name}"] = as_array(buffer)
    return tensors, {}


def network(weights: dict[str, torch.Tensor], images: torch.Tensor) -> torch.Tensor:
    """Convolutions with rectifiers and pooling, the mean over the map, a classifier."""
    y = channels_first(images)
    for number in range(len(CHANNELS)):
        name = f"convolutions.{number}"
        y = relu(conv2d(y, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1))
        if number < len(CHANNELS) - 1:
            y = max_pool2d(y, 2)
    return nn.functional.linear(
        y.mean((2, 3)), weights["classifier.weight"], weights["classifier.bias"]
    )


def train(
    start: Tensors, images: Array, classes: Array, kind: torch.dtype
) -> tuple[Array, Array, Tensors]:
    """Trains and returns losses, gradient norms before clipping and weights."""
    weights = {
        name: torch.from_numpy(array.copy()).to(kind).requires_grad_()
        for name, array in start.items()
    }
    optimizer = Adam(weights.values(), lr=3e-3)
    losses, norms = [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        batch = step % BATCHES
        logits = network(weights, torch.from_numpy(images[batch]).to(kind))
        loss = cross_entropy(logits, torch.from_numpy(classes[batch]))
        loss.backward()
        norms.append(as_array(clip_grad_norm_(weights.values(), MAXIMUM_NORM)))
        optimizer.step()
        losses.append(as_array(loss))
    final = {name: as_array(tensor).astype(np.float32) for name, tensor in weights.items()}
    return np.stack(losses), np.stack(norms), final


def generate_training() -> tuple[Tensors, dict[str, str]]:
    """Returns weights, batches, losses in both precisions and the weights at the end."""
    random = np.random.default_rng(305)
    start: Tensors = {}
    for number, (inputs, outputs) in enumerate(zip((3, *CHANNELS), CHANNELS)):
        bound = (inputs * 9) ** -0.5
        for part, shape in (("weight", (outputs, inputs, 3, 3)), ("bias", (outputs,))):
            values = random.uniform(-bound, bound, shape)
            start[f"convolutions.{number}.{part}"] = values.astype(np.float32)
    for part, shape in (("weight", (10, CHANNELS[-1])), ("bias", (10,))):
        start[f"classifier.{part}"] = normal(random, shape, 0.5)
    images = normal(random, (BATCHES, BATCH, SIDE, SIDE, 3))
    classes = random.integers(0, 10, (BATCHES, BATCH))
    single, _, _ = train(start, images, classes, torch.float32)
    losses, norms, final = train(start, images, classes, torch.float64)
    tensors: Tensors = {
        "images": images,
        "classes": classes,
        "channels": np.array(CHANNELS),
        "maximum_norm": np.array(MAXIMUM_NORM),
        "loss": losses,
        "loss_single": single,
        "norm": norms,
    }
    tensors |= {f"start/{name}": array for name, array in start.items()}
    tensors |= {f"final/{name}": array for name, array in final.items()}
    return tensors, {}
