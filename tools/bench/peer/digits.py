"""Addition and multiplication, and double addition, with feed-forward networks and with LSTM layers."""
import math

import torch
import torch.nn.functional as F

from .layers import add_lstm, linear, lstm_layer, projection
from .parameters import Parameters, Task, classes, xavier

BATCHES = 16


def digits(setting, numbers, operations):
    """One-hot digits, and a one-hot operation if there are any, by sample of the mask."""
    x = F.one_hot(torch.randint(0, 10, (setting.batch, numbers)), 10).flatten(1)
    if operations:
        x = torch.cat([x, F.one_hot(torch.randint(0, operations, (setting.batch,)), operations)], 1)
    return x.float().view(setting.samples, setting.group, -1)


def feed_forward(parameters, sizes):
    count = len(sizes) - 1
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        parameters.add(f"w{i}", xavier(outputs, inputs, math.sqrt(2)))
        parameters.add(f"b{i}", torch.zeros(outputs), has_mask=False)

    def forward(values, x):
        for i in range(count):
            x = linear(x, values[f"w{i}"], values[f"b{i}"])
            if i + 1 < count:
                x = F.relu(x, inplace=True)
        return x
    return forward


def addmul_fnn(setting, hidden):
    parameters = Parameters()
    forward = feed_forward(parameters, [42, *hidden, 20])

    def loss(values, x, y):
        return F.cross_entropy(forward(values, x).reshape(-1, 10), y)
    batches = [(digits(setting, 4, 2), classes(2 * setting.batch)) for _ in range(BATCHES)]
    return Task(parameters, loss, batches)


def double_add_fnn(setting):
    """One call of the network per pair of numbers, each with masks of its own; a pair's outputs are one half."""
    parameters = Parameters()
    forward = feed_forward(parameters, [80, 2000, 2000, 2000, 2000, 40])

    def loss(first, second, x0, x1, y0, y1):
        losses = [
            F.cross_entropy(forward(values, x)[..., pair * 20:pair * 20 + 20].reshape(-1, 10), y)
            for pair, (values, x, y) in enumerate([(first, x0, y0), (second, x1, y1)])]
        return 0.5 * (losses[0] + losses[1])

    def one():
        return [digits(setting, 8, 0), digits(setting, 8, 0), classes(2 * setting.batch), classes(2 * setting.batch)]
    return Task(parameters, loss, [one() for _ in range(BATCHES)], calls=2, beta=4e-4)


def lstm(setting, numbers, operations, steps, outputs):
    """Digits that are presented at every step and answered after the last one."""
    units, inputs = 256, 10 * numbers + operations
    parameters = Parameters()
    add_lstm(parameters, "l0", inputs, units)
    add_lstm(parameters, "l1", units, units)
    parameters.add("out.w", xavier(10 * outputs, units))
    parameters.add("out.b", torch.zeros(10 * outputs), has_mask=False)

    def loss(values, x, y):
        hidden, _ = lstm_layer(values, "l0", [projection(values, "l0", x)] * steps)
        projected = projection(values, "l1", torch.cat(hidden, 1)).chunk(steps, 1)
        hidden, _ = lstm_layer(values, "l1", projected)
        logits = linear(hidden[-1], values["out.w"], values["out.b"])
        return F.cross_entropy(logits.reshape(-1, 10), y)
    batches = [
        (digits(setting, numbers, operations), classes(outputs * setting.batch)) for _ in range(BATCHES)]
    return Task(parameters, loss, batches)
