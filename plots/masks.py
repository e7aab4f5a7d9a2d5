"""Masks of single runs: reading `masks.safetensors`."""

import json
from pathlib import Path

import numpy as np

from tables import TableError

#: What the published histogram without its peak at 0 leaves out.
SMALLEST_PROBABILITY = 2e-4


def logits(run: Path, stage: str) -> dict[str, np.ndarray]:
    """Reads the logits of a stage's masks by parameter name."""
    path = run / "masks.safetensors"
    if not path.is_file():
        raise TableError(f"{path} is missing; the figure needs the masks of the run itself")
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        content = file.read()
    prefix, suffix = f"{stage}/", ".logit"
    return {
        name[len(prefix) : -len(suffix)]: np.frombuffer(
            content[slice(*entry["data_offsets"])], dtype="<f4"
        ).reshape(entry["shape"])
        for name, entry in header.items()
        if name.startswith(prefix) and name.endswith(suffix)
    }


def probabilities(run: Path, stage: str) -> np.ndarray:
    """Returns the keep probabilities of all weights of a stage's masks."""
    everything = np.concatenate([array.ravel() for array in logits(run, stage).values()])
    return 1 / (1 + np.exp(-everything.astype(np.float64)))
