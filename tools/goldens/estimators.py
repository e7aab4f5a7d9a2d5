"""Golden file of the other estimators of masks: hard concrete and continuous sparsification, by autograd."""

import numpy as np
import torch

from golden_file import Array, Tensors

NAME = "estimators"
LOGITS = np.array([-6.0, -2.4, -1.0, -0.05, 0.0, 0.05, 0.7, 1.609438, 2.4, 5.0, 10.0])
DRAWS = 30
LEVELS = 2.0**24

#: Hard concrete (Louizos et al. 2018, section 4).
GAMMA, ZETA, TAU, MARGIN = -0.1, 1.1, 2 / 3, 1e-6
#: Continuous sparsification (Savarese et al. 2020, section 3).
STEPS, FINAL = 5, 200.0


def differentiate(value: torch.Tensor, leaf: torch.Tensor) -> Array:
    """Returns the derivative of the sum of a value by a leaf."""
    (gradient,) = torch.autograd.grad(value.sum(), leaf, retain_graph=True)
    return gradient.numpy()


def hard_concrete(noise: Array) -> Tensors:
    """Returns samples, their derivatives, and penalty and evaluation value of each logit."""
    uniform = torch.from_numpy(MARGIN + (1 - 2 * MARGIN) * (noise + 0.5) / LEVELS)
    drawn = torch.from_numpy(np.repeat(LOGITS[:, None], DRAWS, axis=1)).requires_grad_()
    soft = torch.sigmoid((uniform.log() - (1 - uniform).log() + drawn) / TAU)
    gate = torch.clamp(soft * (ZETA - GAMMA) + GAMMA, 0, 1)
    leaf = torch.from_numpy(LOGITS.copy()).requires_grad_()
    penalty = torch.sigmoid(leaf - TAU * np.log(-GAMMA / ZETA))
    final = torch.clamp(torch.sigmoid(leaf) * (ZETA - GAMMA) + GAMMA, 0, 1)
    return {
        "hard_concrete/gate": gate.detach().numpy(),
        "hard_concrete/derivative": differentiate(gate, drawn),
        "hard_concrete/penalty": penalty.detach().numpy(),
        "hard_concrete/penalty_derivative": differentiate(penalty, leaf),
        "hard_concrete/final": final.detach().numpy(),
    }


def continuous_sparsification() -> Tensors:
    """Returns gates, which are the penalty too, and their derivatives, steps x logits."""
    gates, derivatives = [], []
    for step in range(STEPS):
        leaf = torch.from_numpy(LOGITS.copy()).requires_grad_()
        gate = torch.sigmoid(FINAL ** (step / (STEPS - 1)) * leaf)
        gates.append(gate.detach().numpy())
        derivatives.append(differentiate(gate, leaf))
    return {
        "continuous_sparsification/gate": np.stack(gates),
        "continuous_sparsification/derivative": np.stack(derivatives),
    }


def generate() -> tuple[Tensors, dict[str, str]]:
    """Returns logits, noise integers, and what each estimator makes of them."""
    noise = np.random.default_rng(205).integers(0, 2**24, (len(LOGITS), DRAWS))
    noise[:, 0] = 0
    noise[:, 1] = 2**24 - 1
    return {
        "logits": LOGITS,
        "noise": noise,
        **hard_concrete(noise),
        **continuous_sparsification(),
    }, {}
