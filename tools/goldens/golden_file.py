"""Reading and writing of golden files: safetensors whose bytes depend on their content alone."""

import json
import struct
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import save

FORMAT = "modlab-golden-1"

Array = np.ndarray
Tensors = dict[str, Array]

#: The element types that modlab's own reader knows.
ALLOWED_TYPES = {np.dtype(name) for name in ("float32", "float64", "int64", "uint8")}


def as_array(tensor: torch.Tensor) -> Array:
    """Returns the values of a tensor as a contiguous array of their own."""
    return np.array(tensor.detach().numpy(), order="C")


def encode(tensors: Tensors, generator: str, facts: dict[str, str] | None = None) -> bytes:
    """Serialises tensors with their provenance.

    The reference writer emits the metadata in the order of a hash table, which differs from run to
    run; here they are sorted, so that equal content means equal bytes.
    """
    for name, array in tensors.items():
        if array.dtype not in ALLOWED_TYPES:
            raise TypeError(f"{generator}: {name} has element type {array.dtype}")
    metadata = {
        "format": FORMAT,
        "generator": generator,
        "numpy": np.__version__,
        "torch": torch.__version__.partition("+")[0],
        **(facts or {}),
    }
    encoded = save(
        {name: np.array(array, order="C") for name, array in tensors.items()}, metadata=metadata
    )
    (length,) = struct.unpack("<Q", encoded[:8])
    header = json.loads(encoded[8 : 8 + length])
    header["__metadata__"] = dict(sorted(metadata.items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    if len(text) > length:
        raise ValueError(f"{generator}: sorting the metadata changed the length of the header")
    return encoded[:8] + text.ljust(length) + encoded[8 + length :]


def read(path: Path) -> tuple[Tensors, dict[str, str]]:
    """Loads the tensors and the metadata of a golden file."""
    with safe_open(path, framework="numpy") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata())
