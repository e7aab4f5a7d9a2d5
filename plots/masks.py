"""Masks of single runs: reading `masks.safetensors`."""

from pathlib import Path

import numpy as np

from tensor_files import tensors

#: What the published histogram without its peak at 0 leaves out.
SMALLEST_PROBABILITY = 2e-4


def logits(run: Path, stage: str) -> dict[str, np.ndarray]:
    """Reads the logits of a stage's masks by parameter name."""
    prefix, suffix = f"{stage}/", ".logit"
    return {
        name[len(prefix) : -len(suffix)]: array
        for name, array in tensors(run / "masks.safetensors").items()
        if name.startswith(prefix) and name.endswith(suffix)
    }


def probabilities(run: Path, stage: str) -> np.ndarray:
    """Returns the keep probabilities of all weights of a stage's masks."""
    everything = np.concatenate([array.ravel() for array in logits(run, stage).values()])
    return 1 / (1 + np.exp(-everything.astype(np.float64)))
