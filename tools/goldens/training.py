"""Golden file of weight training: 20 consecutive losses from equal weights and batches."""

import numpy as np
import torch
from torch.nn.utils import clip_grad_norm_
from torch.optim import Adam

from golden_file import Array, Tensors, as_array
from networks import (
    ADDITION,
    MULTIPLICATION,
    arithmetic_batch,
    digit_loss,
    feed_forward,
    initial_weights,
)

NAME = "training"
SIZES = (42, 64, 64, 20)
STEPS = 20
BATCH = 64

#: The paper's maximum norm, which never acts on this network, and one that acts at every step.
MAXIMUM_NORMS = {"clip": 1.0, "tight_clip": 0.05}


def train(
    weights: Tensors, inputs: Array, digits: Array, maximum_norm: float, kind: torch.dtype
) -> tuple[Array, Array, Tensors]:
    """Trains for `STEPS` steps and returns losses, gradient norms before clipping and weights."""
    parameters = {
        name: torch.from_numpy(array.copy()).to(kind).requires_grad_()
        for name, array in weights.items()
    }
    optimizer = Adam(parameters.values(), lr=1e-3)
    losses, norms = [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        logits = feed_forward(parameters, torch.from_numpy(inputs[step]).to(kind))
        loss = digit_loss(logits, torch.from_numpy(digits[step]))
        loss.backward()
        norms.append(as_array(clip_grad_norm_(parameters.values(), maximum_norm)))
        optimizer.step()
        losses.append(as_array(loss))
    final = {name: as_array(parameter) for name, parameter in parameters.items()}
    return np.stack(losses), np.stack(norms), final


def generate() -> tuple[Tensors, dict[str, str]]:
    """Returns weights, batches, losses in both precisions and the weights at the end."""
    random = np.random.default_rng(107)
    weights = initial_weights(SIZES, random)
    batches = [arithmetic_batch(BATCH, (ADDITION, MULTIPLICATION), random) for _ in range(STEPS)]
    inputs = np.stack([batch[0] for batch in batches])
    digits = np.stack([batch[1] for batch in batches])
    tensors: Tensors = {"inputs": inputs, "digits": digits, "sizes": np.array(SIZES)}
    tensors |= {f"start/{name}": array for name, array in weights.items()}
    for case, maximum_norm in MAXIMUM_NORMS.items():
        single, _, _ = train(weights, inputs, digits, maximum_norm, torch.float32)
        losses, norms, final = train(weights, inputs, digits, maximum_norm, torch.float64)
        tensors[f"{case}/maximum_norm"] = np.array(maximum_norm)
        tensors[f"{case}/loss"] = losses
        tensors[f"{case}/loss_single"] = single
        tensors[f"{case}/norm"] = norms
        for name, array in final.items():
            tensors[f"{case}/final/{name}"] = array.astype(np.float32)
    return tensors, {}
