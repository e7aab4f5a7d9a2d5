"""What a step is made of: tensors, the masks of some of them, and a loss."""
import dataclasses
import math
from collections.abc import Callable

import torch


@dataclasses.dataclass
class Setting:
    """How a step is taken."""

    #: Whether masks of frozen weights are trained; else the weights.
    is_mask: bool
    #: Examples per step, and the samples of the masks among which they are divided.
    batch: int
    samples: int
    #: Whether all batches shall have the same shapes, as a compiler wants them.
    has_fixed_shapes: bool
    channels_last: bool

    @property
    def group(self):
        """Examples that share a sample of the masks."""
        return self.batch // self.samples


class Parameters:
    """Named tensors, and which of them have masks."""

    def __init__(self):
        self.tensors, self.masked = {}, []

    def add(self, name, tensor, has_mask=True):
        self.tensors[name] = tensor
        if has_mask:
            self.masked.append(name)


@dataclasses.dataclass
class Task:
    """A network on synthetic batches. `loss` takes the network's values once per call, then a batch."""

    parameters: Parameters
    loss: Callable
    batches: list
    #: Calls of the network in a step, each with samples of its own.
    calls: int = 1
    #: The regulariser's gradient is beta / batch.
    beta: float = 1e-4
    learning_rate: float = 1e-3
    mask_learning_rate: float = 1e-2
    clip: float = 1.0
    #: Whether steps are of several kinds, so that the mean and not the median tells the time.
    alternates: bool = False


def xavier(outputs, inputs, gain=1.0):
    return torch.randn(outputs, inputs) * (gain * math.sqrt(2 / (inputs + outputs)))


def classes(count, below=10):
    return torch.randint(0, below, (count,))
