"""Exported networks of PyTorch (.pt2) with inputs and outputs, for the parity of imports.

python tools/goldens/exported_programs.py            # writes all files
python tools/goldens/exported_programs.py lstm vgg   # only the named ones

Each network is tiny and has random weights. Its file is `NAME.pt2`; inputs and outputs of all are in
`outputs.safetensors` as `NAME/inputs` and `NAME/outputs`. What the reader must not need is taken out
of the files: pickled sample inputs, and the traces of the machine that they were made on.
"""

import argparse
import json
import re
import warnings
import zipfile
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from torch import nn

from exported_networks import DYNAMIC, NETWORKS
from golden_file import encode

FOLDER = (
    Path(__file__).resolve().parents[2] / "Tests" / "NetworkFilesTests" / "Goldens" / "programs"
)


def disturb(model: nn.Module) -> None:
    """Gives normalisations other scales, shifts and statistics than 1 and 0."""
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 1.5)


def export(model: nn.Module, example: torch.Tensor, path: Path, dynamic: bool) -> None:
    """Writes a program, without what depends on this machine."""
    shapes = ({0: torch.export.Dim.DYNAMIC},) if dynamic else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(model, (example,), dynamic_shapes=shapes)
        torch.export.save(program, path)
    shorten(path)


def shorten(path: Path) -> None:
    """Packs a program again with equal bytes for equal content."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            if "sample_inputs" in name or "/.data/" in name:
                continue
            if name.endswith("model.json"):
                content = json.dumps(without_traces(json.loads(content))).encode()
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)


def without_traces(value: object) -> object:
    """Shortens the traces to their first lines, whose files have no folders any more."""
    if isinstance(value, dict):
        return {
            key: re.sub(r'"[^"]*/', '"', member.split("\n")[0])
            if key == "stack_trace" and isinstance(member, str)
            else without_traces(member)
            for key, member in value.items()
        }
    return [without_traces(member) for member in value] if isinstance(value, list) else value


def as_golden(tensor: torch.Tensor) -> np.ndarray:
    """Numbers as float32, tokens as int64."""
    tensor = tensor.detach()
    return (tensor.float() if tensor.is_floating_point() else tensor).numpy()


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="networks; all when none is given")
    names = parser.parse_args().names or list(NETWORKS)
    FOLDER.mkdir(parents=True, exist_ok=True)
    goldens = FOLDER / "outputs.safetensors"
    tensors = load_file(goldens) if goldens.exists() else {}
    for name in names:
        torch.manual_seed(list(NETWORKS).index(name))
        model, example = NETWORKS[name]()
        disturb(model)
        model.eval()
        export(model, example, FOLDER / f"{name}.pt2", name in DYNAMIC)
        with torch.no_grad():
            # What modlab computes is in single precision, whatever the weights were saved in.
            inputs = example.float() if example.is_floating_point() else example
            outputs = model.float()(inputs)
        tensors[f"{name}/inputs"], tensors[f"{name}/outputs"] = as_golden(inputs), as_golden(outputs)
    goldens.write_bytes(encode(tensors, Path(__file__).name))


if __name__ == "__main__":
    main()
