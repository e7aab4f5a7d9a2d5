"""Class removal on CIFAR-10 with a convolutional network. All of its parameters have masks."""
import math

import torch
import torch.nn.functional as F

from .parameters import Parameters, Task, classes

CHANNELS = [3, 32, 64, 128, 256]
DROPOUT = {2: 0.25, 3: 0.5}
LAYERS = len(CHANNELS) - 1


def cnn(setting):
    parameters = Parameters()
    for i, (inputs, outputs) in enumerate(zip(CHANNELS, CHANNELS[1:])):
        bound = 1 / math.sqrt(inputs * 9)
        parameters.add(f"c{i}.w", torch.empty(outputs, inputs, 3, 3).uniform_(-bound, bound))
        parameters.add(f"c{i}.b", torch.empty(outputs).uniform_(-bound, bound))
    parameters.add("out.w", torch.empty(10, CHANNELS[-1]).uniform_(-1 / 16, 1 / 16))
    parameters.add("out.b", torch.zeros(10))

    def forward(values, x):
        for i in range(LAYERS):
            x = F.conv2d(x, values[f"c{i}.w"], values[f"c{i}.b"], padding=1)
            if i in DROPOUT and not setting.is_mask:
                x = F.dropout(x, DROPOUT[i])
            # The maximum and the positive part may change places: the smaller image is the cheaper one.
            x = F.relu(F.max_pool2d(x, 2) if i + 1 < LAYERS else x, inplace=True)
        return F.linear(x.mean((2, 3)), values["out.w"], values["out.b"])

    def loss(values, x, y):
        if not setting.is_mask:
            return F.cross_entropy(forward(values, x), y)
        samples = {name: value.unbind(0) for name, value in values.items()}
        logits = [
            forward({name: value[k] for name, value in samples.items()}, part)
            for k, part in enumerate(x.chunk(setting.samples))]
        return F.cross_entropy(torch.cat(logits), y)

    images = [torch.rand(setting.batch, 3, 32, 32) * 3.4 - 1.7 for _ in range(4)]
    if setting.channels_last:
        images = [x.to(memory_format=torch.channels_last) for x in images]
    batches = [(x, classes(setting.batch)) for x in images]
    return Task(parameters, loss, batches, beta=3e-4, mask_learning_rate=1e-3)
