"""Golden file of steps that train weights and masks together, while weights in use are kept.

Written the way the reference implementation works: one Adam over weights and logits, gradients of
used weights set to zero before `clip_grad_norm_` over both. Samples are drawn as in `mask_step.py`.
"""

import numpy as np
import torch
from torch.nn.utils import clip_grad_norm_
from torch.optim import Adam

from golden_file import Array, Tensors, as_array
from mask_step import (
    CONDITIONING,
    Batch,
    Case,
    masked_outputs,
    masked_weights,
    step_batch,
)
from networks import ADDITION, MULTIPLICATION, digit_loss, initial_weights
from threefry import stream_key

NAME = "joint_step"
STEPS = 5
LEARNING_RATE = 1e-2
OLD_LOGIT, NEW_LOGIT = 2.0, -1.0
#: Share of the weights that an earlier task uses.
USED = 0.3

CASE = Case("permutation-1", (42, 12, 20), 1, 32, 8, 3e-2, "joint", 0.05, 1)

Trace = dict[str, list[Array]]


def run(weights: Tensors, used: Tensors, batches: list[Batch], kind: torch.dtype) -> Trace:
    """Takes one step for every batch, from a fresh Adam; returns what every step finds."""
    parameters = {
        name: torch.from_numpy(array).to(kind, copy=True).requires_grad_()
        for name, array in weights.items()
    }
    logits = {
        name: torch.where(torch.from_numpy(mask) == 1, OLD_LOGIT, NEW_LOGIT)
        .to(kind)
        .requires_grad_()
        for name, mask in used.items()
    }
    keys = {name: stream_key(CASE.seed, f"mask-noise/{CASE.stage}/{name}") for name in logits}
    trained = [*parameters.values(), *logits.values()]
    optimizer = Adam(trained, lr=LEARNING_RATE)
    trace: Trace = {}
    for step, (inputs, digits) in enumerate(batches):
        optimizer.zero_grad()
        networks = masked_weights(CASE, parameters, logits, keys, draw=step, call=0)
        outputs = masked_outputs(networks, torch.from_numpy(inputs[0]).to(kind))
        loss = digit_loss(outputs, torch.from_numpy(digits))
        loss.backward()
        pressure = CASE.beta / CASE.batch
        (pressure * torch.stack([logit.sum() for logit in logits.values()]).sum()).backward()
        for name, parameter in parameters.items():
            parameter.grad[torch.from_numpy(used[name]) == 1] = 0
        norm = clip_grad_norm_(trained, CASE.maximum_norm)
        optimizer.step()
        found = {"loss": loss, "norm": norm}
        found |= {f"weights/{name}": tensor for name, tensor in parameters.items()}
        found |= {f"mask_logits/{name}": tensor for name, tensor in logits.items()}
        for name, tensor in found.items():
            trace.setdefault(name, []).append(as_array(tensor))
    return trace


def generate() -> tuple[Tensors, dict[str, str]]:
    """Returns the start, the batches and the trace."""
    random = np.random.default_rng(113)
    weights = initial_weights(CASE.sizes, random)
    used = {
        name: (random.random(array.shape) < USED).astype(np.uint8)
        for name, array in weights.items()
    }
    batches = [step_batch(CASE, (ADDITION, MULTIPLICATION), random) for _ in range(STEPS)]
    digits = [np.ascontiguousarray(digits[0]) for _, digits in batches]
    batches = [(inputs, targets) for (inputs, _), targets in zip(batches, digits, strict=True)]
    trace = run(weights, used, batches, torch.float64)
    single = run(weights, used, batches, torch.float32)
    for name, values in trace.items():
        difference = np.abs(np.stack(values) - np.stack(single[name])).max()
        if difference > CONDITIONING:
            raise ValueError(f"{name} differs by {difference:.1e} between precisions")

    tensors: Tensors = {
        "sizes": np.array(CASE.sizes),
        "inputs": np.stack([inputs[0] for inputs, _ in batches]),
        "digits": np.stack(digits),
        "settings/samples": np.array(CASE.samples),
        "settings/seed": np.array(CASE.seed),
        "settings/beta": np.array(CASE.beta),
        "settings/maximum_norm": np.array(CASE.maximum_norm),
        "settings/learning_rate": np.array(LEARNING_RATE),
        "settings/old_logit": np.array(OLD_LOGIT),
        "settings/new_logit": np.array(NEW_LOGIT),
    }
    for name, values in trace.items():
        array = np.stack(values)
        tensors[name] = array.astype(np.float32) if "/" in name else array
    for name, array in weights.items():
        tensors[f"start/{name}"] = array
        tensors[f"used/{name}"] = used[name]
    return tensors, {"stage": CASE.stage}
