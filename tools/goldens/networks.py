"""Networks and data the golden generators share."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch.nn.functional import cross_entropy, linear, relu

from golden_file import Array, Tensors, as_array

Parameters = dict[str, torch.Tensor]

DIGITS = 10
ADDITION, MULTIPLICATION = 0, 1


def as_double(array: Array) -> torch.Tensor:
    """Returns float32 (or integer) numbers as a double-precision tensor."""
    return torch.from_numpy(array.astype(np.float64))


def gradient_of(tensor: torch.Tensor) -> Array:
    """Returns the gradient a tensor has collected."""
    if tensor.grad is None:
        raise ValueError("the tensor took no part in the backward pass")
    return as_array(tensor.grad)


def initial_weights(sizes: Sequence[int], random: np.random.Generator) -> Tensors:
    """Draws weights and biases of dense layers from U(-1/sqrt(fan in), 1/sqrt(fan in))."""
    weights: Tensors = {}
    for number, (inputs, outputs) in enumerate(pairwise(sizes)):
        bound = 1 / np.sqrt(inputs)
        for name, shape in (("weight", (outputs, inputs)), ("bias", (outputs,))):
            values = random.uniform(-bound, bound, shape)
            weights[f"layers.{number}.{name}"] = values.astype(np.float32)
    return weights


def feed_forward(parameters: Parameters, inputs: torch.Tensor) -> torch.Tensor:
    """Dense layers with rectifiers between them and none on the output."""
    count = len(parameters) // 2
    activations = inputs
    for number in range(count):
        weight = parameters[f"layers.{number}.weight"]
        activations = linear(activations, weight, parameters[f"layers.{number}.bias"])
        if number < count - 1:
            activations = relu(activations)
    return activations


def digit_loss(logits: torch.Tensor, digits: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy over every digit of every example; logits are B x (digits * 10)."""
    return cross_entropy(logits.reshape(-1, DIGITS), digits.reshape(-1))


def arithmetic_batch(
    count: int, operations: Sequence[int], random: np.random.Generator
) -> tuple[Array, Array]:
    """Draws two-digit operands and returns one-hot inputs (B x 42, uint8) and digits (B x 2).

    Least significant digit first; the operation's one-hot (add, mul) comes last.
    """
    operands = random.integers(0, 100, (count, 2))
    operation = random.choice(np.array(operations), count)
    sums = operands.sum(axis=1) % 100
    results = np.where(operation == ADDITION, sums, operands.prod(axis=1) % 100)
    inputs = np.zeros((count, 4 * DIGITS + 2), dtype=np.uint8)
    rows = np.arange(count)
    for position in range(4):
        digit = operands[:, position // 2] // 10 ** (position % 2) % 10
        inputs[rows, position * DIGITS + digit] = 1
    inputs[rows, 4 * DIGITS + operation] = 1
    digits = np.stack([results % 10, results // 10], axis=1).astype(np.int64)
    return inputs, digits
