"""Checks in PyTorch that an exported feed-forward network computes what `modlab predict` wrote.

    modlab export RUN --to export
    modlab predict --manifest M --weights export/weights.safetensors \\
      --masks export/masks.safetensors --stage add --inputs X.safetensors --output Y.safetensors
    python tools/interop/check_export.py --weights export/weights.safetensors \\
      --masks export/masks.safetensors --stage add \\
      --inputs X.safetensors --predictions Y.safetensors

The files are read with the safetensors package alone, so this also shows that it accepts them.
"""

import argparse
import re
import sys
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

Tensors = dict[str, torch.Tensor]


class CheckError(Exception):
    """Says which file does not hold what is needed."""


def load(path: Path) -> Tensors:
    """Loads all tensors of a file."""
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckError(f"{path}: {error}") from error


def load_tensor(path: Path, name: str) -> torch.Tensor:
    """Returns the tensor of a name, or a file's only tensor, in double precision."""
    tensors = load(path)
    if name in tensors:
        return tensors[name].double()
    if len(tensors) == 1:
        return next(iter(tensors.values())).double()
    names = ", ".join(sorted(tensors)) or "none"
    raise CheckError(f"{path} has no tensor '{name}' and not one only; it holds: {names}")


def apply_masks(weights: Tensors, path: Path, stage: str, inverted: bool) -> Tensors:
    """Returns the weights with the masks of a stage; parameters without a mask stay as they are."""
    prefix = f"{stage}/"
    masks = {
        name.removeprefix(prefix): mask
        for name, mask in load(path).items()
        if name.startswith(prefix) and not name.endswith(".logit")
    }
    if not masks:
        raise CheckError(f"{path} has no masks of stage '{stage}'")
    masked = dict(weights)
    for name, mask in masks.items():
        if name not in weights or weights[name].shape != mask.shape:
            raise CheckError(f"{path}: the mask {prefix}{name} fits no weight")
        if not torch.isin(mask, torch.tensor([0, 1], dtype=mask.dtype)).all():
            raise CheckError(f"{path}: the mask {prefix}{name} has values other than 0 and 1")
        kept = 1 - mask if inverted else mask
        masked[name] = weights[name] * kept
    return masked


def dense_layers(weights: Tensors, path: Path) -> list[torch.nn.Linear]:
    """Builds the layers `layers.<number>.weight` and `.bias` in the order of their numbers."""
    numbers = set()
    for name in weights:
        match = re.fullmatch(r"layers\.(\d+)\.(weight|bias)", name)
        if match is None:
            raise CheckError(f"{path}: {name} is no parameter of a feed-forward network")
        numbers.add(int(match[1]))
    layers = []
    for number in sorted(numbers):
        weight, bias = (weights.get(f"layers.{number}.{kind}") for kind in ("weight", "bias"))
        if weight is None or bias is None:
            raise CheckError(f"{path}: layer {number} lacks its weight or bias")
        layer = torch.nn.Linear(weight.shape[1], weight.shape[0], dtype=torch.float64)
        layer.load_state_dict({"weight": weight, "bias": bias})
        layers.append(layer)
    return layers


def network(layers: list[torch.nn.Linear]) -> torch.nn.Sequential:
    """Puts rectifiers between the layers."""
    modules: list[torch.nn.Module] = []
    for layer in layers:
        modules += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*modules[:-1])


def largest_difference(arguments: argparse.Namespace) -> float:
    """Returns the largest absolute difference between PyTorch's logits and the predictions."""
    weights = load(arguments.weights)
    if arguments.masks is not None:
        weights = apply_masks(weights, arguments.masks, arguments.stage, arguments.invert)
    model = network(dense_layers(weights, arguments.weights))
    predictions = load_tensor(arguments.predictions, "logits")
    with torch.no_grad():
        logits = model(load_tensor(arguments.inputs, "inputs"))
    if logits.shape != predictions.shape:
        raise CheckError(
            f"{arguments.predictions} holds {tuple(predictions.shape)} numbers, "
            f"PyTorch computes {tuple(logits.shape)}"
        )
    if logits.numel() == 0:
        raise CheckError(f"{arguments.predictions} holds no numbers")
    return float((logits - predictions).abs().max())


def main() -> int:
    """Runs the command line; returns 0 when the logits agree and 1 when not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--masks", type=Path)
    parser.add_argument("--stage", help="stage whose masks are applied; needs --masks")
    parser.add_argument("--invert", action="store_true", help="apply the inverse masks")
    parser.add_argument("--inputs", type=Path, required=True, help="what predict read")
    parser.add_argument("--predictions", type=Path, required=True, help="what predict wrote")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="absolute (default 1e-4)")
    arguments = parser.parse_args()
    if (arguments.masks is None) != (arguments.stage is None):
        parser.error("--masks and --stage belong together")
    if arguments.invert and arguments.masks is None:
        parser.error("--invert needs --masks and --stage")
    try:
        difference = largest_difference(arguments)
    except CheckError as error:
        print(f"check_export.py: {error}", file=sys.stderr)
        return 1
    # Written so that a difference that is not a number does not pass.
    agrees = difference <= arguments.tolerance
    verdict = "agrees" if agrees else "DIFFERS"
    print(f"{verdict}: largest difference {difference:.2e}, tolerance {arguments.tolerance:.0e}")
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main())
