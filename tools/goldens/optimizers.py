"""Golden file of the optimisers: 100 steps from equal state with given gradients."""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch.nn.utils import clip_grad_norm_
from torch.optim import SGD, Adam, Optimizer

from golden_file import Tensors, as_array
from networks import as_double, gradient_of

NAME = "optimizers"
STEPS = 100
SHAPES = {"weight": (5, 3), "bias": (7,)}
CLIP = 4.5

Maker = Callable[[Iterable[torch.Tensor]], Optimizer]

#: Settings as in the golden's metadata: name, maker, whether the gradients are clipped first.
OPTIMIZERS: dict[str, tuple[Maker, bool]] = {
    "adam": (lambda parameters: Adam(parameters, lr=1e-3), False),
    "adam_math": (
        lambda parameters: Adam(parameters, lr=1e-4, betas=(0.9, 0.995), eps=1e-9),
        False,
    ),
    "adam_clip": (lambda parameters: Adam(parameters, lr=1e-2), True),
    "sgd": (lambda parameters: SGD(parameters, lr=1e-3), False),
    "sgd_momentum": (
        lambda parameters: SGD(parameters, lr=1e-3, momentum=0.9, weight_decay=1e-2),
        False,
    ),
    "sgd_clip": (lambda parameters: SGD(parameters, lr=1e-3), True),
}


def generate() -> tuple[Tensors, dict[str, str]]:
    """Returns start values, gradients, clipping and `<optimiser>/<parameter>` after each step.

    The start values lie away from zero and stay there, so relative differences are meaningful for
    every element.
    """
    random = np.random.default_rng(106)
    tensors: Tensors = {}
    for name, shape in SHAPES.items():
        signs = random.choice([-1.0, 1.0], shape)
        tensors[f"start/{name}"] = (signs * random.uniform(1, 2, shape)).astype(np.float32)
        gradients = random.standard_normal((STEPS, *shape)) + 0.25
        tensors[f"gradient/{name}"] = gradients.astype(np.float32)
    tensors["clip/maximum_norm"] = np.array(CLIP)
    for optimizer_name, (make, clips) in OPTIMIZERS.items():
        parameters = {name: as_double(tensors[f"start/{name}"]).requires_grad_() for name in SHAPES}
        optimizer = make(parameters.values())
        history: dict[str, list[np.ndarray]] = {name: [] for name in SHAPES}
        norms = []
        for step in range(STEPS):
            for name, parameter in parameters.items():
                parameter.grad = as_double(tensors[f"gradient/{name}"][step])
            if clips:
                norms.append(as_array(clip_grad_norm_(parameters.values(), CLIP)))
                if step in (0, STEPS - 1):
                    for name, parameter in parameters.items():
                        tensors[f"clip/{step}/{name}"] = gradient_of(parameter)
            optimizer.step()
            for name, parameter in parameters.items():
                history[name].append(as_array(parameter))
        for name, values in history.items():
            tensors[f"{optimizer_name}/{name}"] = np.stack(values)
            if np.abs(tensors[f"{optimizer_name}/{name}"]).min() < 0.25:
                raise ValueError(f"{optimizer_name}: {name} comes too close to zero")
        if clips:
            tensors["clip/norm"] = np.stack(norms)
            acting = (tensors["clip/norm"] > CLIP).mean()
            if not 0.2 < acting < 0.8:
                raise ValueError(f"clipping acts in {acting:.0%} of the steps")
    return tensors, {}
