"""Golden files of single layers, the loss and the feed-forward network.

Inputs are float32; expected values and gradients are computed by PyTorch in double precision from
the same numbers, so that one file serves the single-precision path (within the published
tolerances) and the double-precision path (within rounding).
"""

import numpy as np
import torch
from torch.nn.functional import cross_entropy, gelu, linear, relu, silu

from golden_file import Array, Tensors, as_array
from networks import as_double, feed_forward, gradient_of, initial_weights

LINEAR_SHAPES = ((1, 1, 1), (5, 3, 7), (32, 42, 24), (17, 130, 20))

#: Groups, rows of a group, inputs, outputs, and whether each group has a bias of its own.
GROUPED_SHAPES = (
    (1, 3, 4, 2, False),
    (4, 8, 13, 9, False),
    (8, 2, 33, 17, False),
    (3, 5, 6, 4, True),
)
ACTIVATION_SHAPES = ((9,), (4, 6), (2, 3, 5))
ACTIVATIONS = {
    "relu": relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "gelu": gelu,
    "silu": silu,
}
CROSS_ENTROPY_SHAPES = ((1, 2), (6, 10), (40, 10), (7, 133))
NETWORK_SIZES = ((3, 5, 2), (42, 32, 20), (20, 24, 16, 12, 10))
NETWORK_BATCHES = (4, 16, 9)


def normal(random: np.random.Generator, shape: tuple[int, ...], scale: float = 1) -> Array:
    """Draws float32 numbers from N(0, scale²)."""
    return (random.standard_normal(shape) * scale).astype(np.float32)


def leaf(array: Array) -> torch.Tensor:
    """Returns a double-precision tensor that collects its gradient."""
    return as_double(array).requires_grad_()


def generate_linear() -> tuple[Tensors, dict[str, str]]:
    """y = x W^T + b, and the gradients for a given dL/dy."""
    random = np.random.default_rng(101)
    tensors: Tensors = {}
    for case, (batch, inputs, outputs) in enumerate(LINEAR_SHAPES):
        given = {
            "x": normal(random, (batch, inputs)),
            "w": normal(random, (outputs, inputs), inputs**-0.5),
            "b": normal(random, (outputs,)),
        }
        output_gradient = normal(random, (batch, outputs))
        leaves = {name: leaf(array) for name, array in given.items()}
        output = linear(leaves["x"], leaves["w"], leaves["b"])
        output.backward(as_double(output_gradient))
        expected = {"y": as_array(output)}
        expected |= {f"d{name}": gradient_of(tensor) for name, tensor in leaves.items()}
        given["dy"] = output_gradient
        tensors |= {f"{case}/{name}": array for name, array in (given | expected).items()}
    return tensors, {}


def generate_grouped_linear() -> tuple[Tensors, dict[str, str]]:
    """Dense layer with one weight per contiguous group of the batch: group k uses sample k.

    Shapes: x (K * rows) x C, w K x outputs x C, b outputs (shared) or K x outputs.
    """
    random = np.random.default_rng(102)
    tensors: Tensors = {}
    for case, (groups, rows, inputs, outputs, own_bias) in enumerate(GROUPED_SHAPES):
        given = {
            "x": normal(random, (groups * rows, inputs)),
            "w": normal(random, (groups, outputs, inputs), inputs**-0.5),
            "b": normal(random, (groups, outputs) if own_bias else (outputs,)),
        }
        output_gradient = normal(random, (groups * rows, outputs))
        leaves = {name: leaf(array) for name, array in given.items()}
        biases = leaves["b"].expand(groups, outputs).unbind()
        parts = zip(leaves["x"].split(rows), leaves["w"].unbind(), biases)
        output = torch.cat([linear(part, weight, bias) for part, weight, bias in parts])
        output.backward(as_double(output_gradient))
        expected = {"y": as_array(output)}
        expected |= {f"d{name}": gradient_of(tensor) for name, tensor in leaves.items()}
        given["dy"] = output_gradient
        tensors |= {f"{case}/{name}": array for name, array in (given | expected).items()}
    return tensors, {}


def generate_activation(name: str) -> tuple[Tensors, dict[str, str]]:
    """y = an activation of x, with exact zeros of both signs among the inputs."""
    random = np.random.default_rng(103)
    tensors: Tensors = {}
    for case, shape in enumerate(ACTIVATION_SHAPES):
        values = normal(random, shape)
        values.reshape(-1)[:3] = (0.0, -0.0, 1e-30)
        output_gradient = normal(random, shape)
        inputs = leaf(values)
        output = ACTIVATIONS[name](inputs)
        output.backward(as_double(output_gradient))
        tensors[f"{case}/x"] = values
        tensors[f"{case}/dy"] = output_gradient
        tensors[f"{case}/y"] = as_array(output)
        tensors[f"{case}/dx"] = gradient_of(inputs)
    return tensors, {}


def generate_cross_entropy() -> tuple[Tensors, dict[str, str]]:
    """Mean softmax cross-entropy of logits and classes; the last case has logits of large size."""
    random = np.random.default_rng(104)
    tensors: Tensors = {}
    last = len(CROSS_ENTROPY_SHAPES) - 1
    for case, (batch, classes) in enumerate(CROSS_ENTROPY_SHAPES):
        values = normal(random, (batch, classes), 50.0 if case == last else 2.0)
        targets = random.integers(0, classes, batch)
        logits = leaf(values)
        loss = cross_entropy(logits, torch.from_numpy(targets))
        loss.backward()
        tensors[f"{case}/logits"] = values
        tensors[f"{case}/classes"] = targets
        tensors[f"{case}/loss"] = as_array(loss)
        tensors[f"{case}/dlogits"] = gradient_of(logits)
    return tensors, {}


def generate_feed_forward() -> tuple[Tensors, dict[str, str]]:
    """Logits, loss and every gradient of feed-forward networks of three shapes."""
    random = np.random.default_rng(105)
    tensors: Tensors = {}
    for case, (sizes, batch) in enumerate(zip(NETWORK_SIZES, NETWORK_BATCHES)):
        weights = initial_weights(sizes, random)
        values = normal(random, (batch, sizes[0]))
        targets = random.integers(0, sizes[-1], batch)
        parameters = {name: leaf(array) for name, array in weights.items()}
        inputs = leaf(values)
        logits = feed_forward(parameters, inputs)
        loss = cross_entropy(logits, torch.from_numpy(targets))
        loss.backward()
        tensors[f"{case}/sizes"] = np.array(sizes, dtype=np.int64)
        tensors[f"{case}/x"] = values
        tensors[f"{case}/classes"] = targets
        tensors[f"{case}/logits"] = as_array(logits)
        tensors[f"{case}/loss"] = as_array(loss)
        tensors[f"{case}/gradient/x"] = gradient_of(inputs)
        for name, array in weights.items():
            tensors[f"{case}/parameter/{name}"] = array
            tensors[f"{case}/gradient/{name}"] = gradient_of(parameters[name])
    return tensors, {}
