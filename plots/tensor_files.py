"""Tensor files of single runs: reading safetensors with nothing but NumPy."""

from pathlib import Path

import numpy as np

from tables import TableError
from tensor_header import read_header

#: Types of elements that runs store.
TYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "U8": "u1"}


def tensors(path: Path) -> dict[str, np.ndarray]:
    """Reads all tensors of a file by name, in the order of the file."""
    if not path.is_file():
        raise TableError(f"{path} is missing; the figure needs the files of the run itself")
    with path.open("rb") as file:
        header = read_header(file)
        content = file.read()
    return {
        name: np.frombuffer(
            content[slice(*entry["data_offsets"])], dtype=TYPES[entry["dtype"]]
        ).reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__" and entry["dtype"] in TYPES
    }
