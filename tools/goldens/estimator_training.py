"""Golden file of masks trained by other estimators and for other objectives, step by step, by autograd.

A small network in double precision: edge-popup as its published code has it, masks of a given size by a
Lagrangian whose multipliers ascend, and masks that match the network without masks. Gates are without noise
where the estimator has any, so that nothing has to be drawn in the same way.
"""

import numpy as np
import torch
from torch.nn.functional import cross_entropy, kl_div
from torch.optim import Adam

from golden_file import Array, Tensors

NAME = "estimator_training"
SIZES = (5, 6, 4)
BATCH, STEPS, RATE = 8, 25, 0.05
#: Edge-popup (Ramanujan et al. 2020): the share that is kept, of 30 and of 24 weights.
SHARE = 0.5
#: Continuous sparsification (Savarese et al. 2020).
FINAL, START = 200.0, 0.4
#: Size (Bhaskar et al. 2024): the share that is kept, and of the training the part in which it is approached.
KEPT, RAMP = 0.3, 5 / 6
BETA = 0.02


class TopScores(torch.autograd.Function):
    """1 for the largest scores of a layer, with the gradient of the identity."""

    @staticmethod
    def forward(context, scores: torch.Tensor) -> torch.Tensor:
        """Returns the gates; as published, the smallest int((1 - k) n) are 0."""
        order = scores.flatten().argsort()
        gates = torch.ones_like(scores)
        gates.flatten()[order[: int((1 - SHARE) * scores.numel())]] = 0
        return gates

    @staticmethod
    def backward(context, gradient: torch.Tensor) -> torch.Tensor:
        """Returns the gradient as it is."""
        return gradient


def forward(weights: list[torch.Tensor], gates: list[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """Returns the logits of a network without biases whose weights are multiplied by gates."""
    hidden = torch.relu(x @ (weights[0] * gates[0]).T)
    return hidden @ (weights[1] * gates[1]).T


def soft(scores: list[torch.Tensor], step: int) -> list[torch.Tensor]:
    """Returns gates of continuous sparsification."""
    return [torch.sigmoid(FINAL ** (step / (STEPS - 1)) * score) for score in scores]


def record(name: str, scores: list[list[Array]], losses: list[float]) -> Tensors:
    """Returns losses and scores of all steps as tensors."""
    return {
        f"{name}/loss": np.array(losses),
        **{f"{name}/logits/{layer}": np.stack(values) for layer, values in enumerate(scores)},
    }


def edge_popup(weights: list[torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> Tensors:
    """Returns scores at the start and after every step, losses, and the last gates."""
    random = np.random.default_rng(207)
    start = [
        random.uniform(-1 / np.sqrt(w.shape[1]), 1 / np.sqrt(w.shape[1]), w.shape) for w in weights
    ]
    scores = [torch.from_numpy(score.copy()).requires_grad_() for score in start]
    optimizer = Adam(scores, lr=RATE)
    trace: list[list[Array]] = [[], []]
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        gates = [TopScores.apply(score.abs()) for score in scores]
        loss = cross_entropy(forward(weights, gates, x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        for layer, score in enumerate(scores):
            trace[layer].append(score.detach().numpy().copy())
    return {
        **record("edge_popup", trace, losses),
        **{f"edge_popup/start/{layer}": score for layer, score in enumerate(start)},
        **{
            f"edge_popup/gates/{layer}": TopScores.apply(score.abs()).detach().numpy()
            for layer, score in enumerate(scores)
        },
    }


def given_size(weights: list[torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> Tensors:
    """Returns logits and multipliers after every step, and losses."""
    scores = [torch.full_like(w, START).requires_grad_() for w in weights]
    multipliers = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    descent, ascent = Adam(scores, lr=RATE), Adam([multipliers], lr=RATE, maximize=True)
    count = sum(w.numel() for w in weights)
    trace: list[list[Array]] = [[], []]
    losses, ascended = [], []
    for step in range(STEPS):
        descent.zero_grad()
        ascent.zero_grad()
        gates = soft(scores, step)
        loss = cross_entropy(forward(weights, gates, x), y)
        target = (1 - KEPT) * min(1.0, step / (STEPS * RAMP))
        distance = 1 - sum(gate.sum() for gate in gates) / count - target
        (loss + multipliers[0] * distance + multipliers[1] * distance**2).backward()
        descent.step()
        ascent.step()
        losses.append(loss.item())
        ascended.append(multipliers.detach().numpy().copy())
        for layer, score in enumerate(scores):
            trace[layer].append(score.detach().numpy().copy())
    return {**record("given_size", trace, losses), "given_size/multipliers": np.stack(ascended)}


def matched(weights: list[torch.Tensor], x: torch.Tensor) -> Tensors:
    """Returns logits after every step, and divergences from the network without masks."""
    scores = [torch.full_like(w, START).requires_grad_() for w in weights]
    optimizer = Adam(scores, lr=RATE)
    own = forward(weights, [torch.ones_like(w) for w in weights], x).log_softmax(-1)
    trace: list[list[Array]] = [[], []]
    losses = []
    for step in range(STEPS):
        optimizer.zero_grad()
        gates = soft(scores, step)
        found = forward(weights, gates, x).log_softmax(-1)
        loss = kl_div(found, own, log_target=True, reduction="batchmean")
        (loss + BETA / BATCH * sum(gate.sum() for gate in gates)).backward()
        optimizer.step()
        losses.append(loss.item())
        for layer, score in enumerate(scores):
            trace[layer].append(score.detach().numpy().copy())
    return record("matched", trace, losses)


def generate() -> tuple[Tensors, dict[str, str]]:
    """Returns the network, the batch and the three trainings."""
    random = np.random.default_rng(206)
    arrays = [
        random.standard_normal((outputs, inputs)) for inputs, outputs in zip(SIZES, SIZES[1:])
    ]
    weights = [torch.from_numpy(array) for array in arrays]
    inputs = random.uniform(-1, 1, (BATCH, SIZES[0]))
    classes = random.integers(0, SIZES[-1], BATCH)
    x, y = torch.from_numpy(inputs), torch.from_numpy(classes)
    return {
        **{f"weight/{layer}": array for layer, array in enumerate(arrays)},
        "inputs": inputs,
        "classes": classes,
        **edge_popup(weights, x, y),
        **given_size(weights, x, y),
        **matched(weights, x),
    }, {}
