"""The header of safetensors files, which needs no package to be read."""

import json
from typing import Any, BinaryIO


def read_header(file: BinaryIO) -> dict[str, Any]:
    """Reads the header from the beginning of a file, and leaves the file where the tensors begin."""
    header: dict[str, Any] = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return header
