"""Golden files of whole mask steps: noise, samples, losses, gradients, clipping and Adam at once.

The step is written the way the reference implementation works rather than with modlab's formulas:
a straight-through sample built from `detach`, gradients of frozen parameters that nothing ever
zeroes, and `clip_grad_norm_` over the list of the chosen scope. Only the noise is given, by the
counter-based generator of `threefry.py`.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.utils import clip_grad_norm_
from torch.optim import Adam

from golden_file import Array, Tensors, as_array
from networks import (
    ADDITION,
    MULTIPLICATION,
    Parameters,
    arithmetic_batch,
    as_double,
    digit_loss,
    feed_forward,
    gradient_of,
    initial_weights,
)
from sampler import LEVELS, hard_sample, require_margin
from threefry import mask_noise, stream_key

STEPS = 5
LEARNING_RATE = 1e-2
INITIAL_LOGIT = 2.0

PRETRAINING_STEPS = 300
PRETRAINING_RATE = 1e-2
PRETRAINING_BATCH = 128
BOTH = (ADDITION, MULTIPLICATION)

#: Largest difference of a mask logit between single and double precision that a case may show.
CONDITIONING = 1e-5

Batch = tuple[Array, Array]


@dataclass(frozen=True)
class Case:
    """One mask stage: network, calls of it per step, batch, samples, scope and norm of clipping."""

    stage: str
    sizes: tuple[int, ...]
    calls: int
    batch: int
    samples: int
    beta: float
    scope: str
    maximum_norm: float
    seed: int


CASES = {
    "mask_step_reference": Case("add", (42, 32, 24, 20), 1, 32, 4, 3e-3, "reference", 1.0, 1),
    "mask_step_trainable": Case("add", (42, 32, 24, 20), 1, 32, 4, 3e-3, "trainable", 1.0, 1),
    "mask_step_trainable_tight": Case("mul", (42, 12, 20), 1, 16, 4, 3e-3, "trainable", 2e-3, 1),
    "mask_step_eight_samples": Case("full", (42, 10, 20), 1, 24, 8, 3e-3, "reference", 0.5, 1),
    "mask_step_two_calls": Case("full", (42, 11, 20), 2, 12, 4, 3e-3, "reference", 0.2, 1),
}


@dataclass
class Trace:
    """What is recorded at each of the steps."""

    losses: list[Array]
    logits: list[Array]
    norms: list[Array]
    coefficients: list[Array]
    mask_logits: dict[str, list[Array]]
    accumulators: Tensors


def pretrain(case: Case, random: np.random.Generator) -> tuple[Tensors, Tensors]:
    """Trains the network for a while; returns its weights and the last clipped gradients."""
    parameters = {
        name: as_double(array).requires_grad_()
        for name, array in initial_weights(case.sizes, random).items()
    }
    optimizer = Adam(parameters.values(), lr=PRETRAINING_RATE)
    for _ in range(PRETRAINING_STEPS):
        inputs, digits = arithmetic_batch(PRETRAINING_BATCH, BOTH, random)
        optimizer.zero_grad()
        digit_loss(feed_forward(parameters, as_double(inputs)), torch.from_numpy(digits)).backward()
        clip_grad_norm_(parameters.values(), 1.0)
        optimizer.step()
    weights = {
        name: as_array(parameter).astype(np.float32) for name, parameter in parameters.items()
    }
    gradients = {
        name: gradient_of(parameter).astype(np.float32) for name, parameter in parameters.items()
    }
    return weights, gradients


def masked_weights(
    case: Case,
    parameters: Parameters,
    logits: Parameters,
    keys: dict[str, Array],
    *,
    draw: int,
    call: int,
) -> list[Parameters]:
    """Draws the samples of one call and returns the parameters of each sample's network."""
    networks: list[Parameters] = [dict(parameters) for _ in range(case.samples)]
    for name, logit in logits.items():
        noise = mask_noise(keys[name], logit.numel(), case.samples, draw, call)
        values = as_array(logit).reshape(-1).astype(np.float64)
        require_margin(values, noise, f"seed {case.seed}, {name}, draw {draw}.{call}")
        hard = torch.from_numpy(hard_sample(values, noise)).to(logit.dtype)
        logistic = torch.logit(torch.from_numpy((noise + 0.5) / LEVELS)).to(logit.dtype)
        for sample in range(case.samples):
            soft = torch.sigmoid(logit + logistic[sample].reshape(logit.shape))
            straight_through = hard[sample].reshape(logit.shape) + soft - soft.detach()
            networks[sample][name] = parameters[name] * straight_through
    return networks


def masked_outputs(networks: list[Parameters], inputs: torch.Tensor) -> torch.Tensor:
    """Applies each sample's network to its contiguous part of the batch."""
    groups = inputs.chunk(len(networks))
    return torch.cat([feed_forward(network, group) for network, group in zip(networks, groups)])


def run(
    case: Case, weights: Tensors, gradients: Tensors, batches: list[Batch], kind: torch.dtype
) -> Trace:
    """Takes one mask step for every batch, from fresh masks and a fresh Adam."""
    parameters = {
        name: torch.from_numpy(array).to(kind, copy=True).requires_grad_()
        for name, array in weights.items()
    }
    for name, parameter in parameters.items():
        parameter.grad = torch.from_numpy(gradients[name]).to(kind, copy=True)
    logits = {
        name: torch.full_like(parameter, INITIAL_LOGIT, requires_grad=True)
        for name, parameter in parameters.items()
        if name.endswith("weight")
    }
    keys = {name: stream_key(case.seed, f"mask-noise/{case.stage}/{name}") for name in logits}
    optimizer = Adam(logits.values(), lr=LEARNING_RATE)
    trained = list(logits.values())
    clipped = [*parameters.values(), *trained] if case.scope == "reference" else trained
    trace = Trace([], [], [], [], {name: [] for name in logits}, {})
    for step, (inputs, digits) in enumerate(batches):
        optimizer.zero_grad()
        outputs = torch.stack(
            [
                masked_outputs(
                    masked_weights(case, parameters, logits, keys, draw=step, call=call),
                    torch.from_numpy(inputs[call]).to(kind),
                )
                for call in range(case.calls)
            ]
        )
        loss = digit_loss(outputs, torch.from_numpy(digits))
        loss.backward()
        (case.beta / case.batch * torch.stack([logit.sum() for logit in trained]).sum()).backward()
        norm = clip_grad_norm_(clipped, case.maximum_norm)
        optimizer.step()
        trace.losses.append(as_array(loss))
        trace.logits.append(as_array(outputs))
        trace.norms.append(as_array(norm))
        trace.coefficients.append(as_array((case.maximum_norm / (norm + 1e-6)).clamp(max=1.0)))
        for name, logit in logits.items():
            trace.mask_logits[name].append(as_array(logit))
    trace.accumulators = {name: gradient_of(parameter) for name, parameter in parameters.items()}
    return trace


def require_conditioning(first: Trace, second: Trace, name: str) -> None:
    """Raises when the case magnifies rounding so much that it could not be a test."""
    for parameter, values in first.mask_logits.items():
        difference = np.abs(np.stack(values) - np.stack(second.mask_logits[parameter])).max()
        if difference > CONDITIONING:
            raise ValueError(f"{name}: {parameter} differs by {difference:.1e} between precisions")


def step_batch(case: Case, operations: tuple[int, ...], random: np.random.Generator) -> Batch:
    """Draws the inputs (calls x B x 42) and digits (calls x B x 2) of one step."""
    calls = [arithmetic_batch(case.batch, operations, random) for _ in range(case.calls)]
    return np.stack([inputs for inputs, _ in calls]), np.stack([digits for _, digits in calls])


def generate(name: str) -> tuple[Tensors, dict[str, str]]:
    """Returns the start, the batches and the trace of one case."""
    case = CASES[name]
    random = np.random.default_rng(109)
    weights, gradients = pretrain(case, random)
    operations = {"add": (ADDITION,), "mul": (MULTIPLICATION,)}.get(case.stage, BOTH)
    batches = [step_batch(case, operations, random) for _ in range(STEPS)]
    trace = run(case, weights, gradients, batches, torch.float64)
    require_conditioning(trace, run(case, weights, gradients, batches, torch.float32), name)

    tensors: Tensors = {
        "sizes": np.array(case.sizes),
        "inputs": np.stack([inputs for inputs, _ in batches]),
        "digits": np.stack([digits for _, digits in batches]),
        "loss": np.stack(trace.losses),
        "norm": np.stack(trace.norms),
        "coefficient": np.stack(trace.coefficients),
        "logits": np.stack(trace.logits).astype(np.float32),
        "settings/samples": np.array(case.samples),
        "settings/seed": np.array(case.seed),
        "settings/beta": np.array(case.beta),
        "settings/maximum_norm": np.array(case.maximum_norm),
        "settings/learning_rate": np.array(LEARNING_RATE),
        "settings/initial_logit": np.array(INITIAL_LOGIT),
    }
    for parameter, array in weights.items():
        tensors[f"weight/{parameter}"] = array
        tensors[f"accumulator/start/{parameter}"] = gradients[parameter]
        final = trace.accumulators[parameter]
        tensors[f"accumulator/final/{parameter}"] = final.astype(np.float32)
    for parameter, values in trace.mask_logits.items():
        tensors[f"mask_logits/{parameter}"] = np.stack(values).astype(np.float32)
    return tensors, {"stage": case.stage, "scope": case.scope}
