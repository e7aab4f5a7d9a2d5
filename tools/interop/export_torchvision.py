"""Writes a network of torchvision as a safetensors file that says which network it holds, for `modlab cluster`.

    python3 tools/interop/export_torchvision.py vgg16-397923af.pth vgg16.safetensors
    python3 tools/interop/export_torchvision.py --random vgg16 v.safetensors

Needs torch and safetensors, but not torchvision: a `.pth` file of it is a state dictionary, whose names and shapes tell
the network. Only tensors are read from it, nothing is executed. With --random the network has the initial weights that
torchvision draws.
"""

import argparse
import json
import math
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

Shapes = dict[str, tuple[int, ...]]

#: Convolutions of the five stages of VGG networks, table 1 of Simonyan and Zisserman (2015).
STACKS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
#: Blocks of the four stages of residual networks, table 1 of He et al. (2016), and convolutions of a block.
RESIDUAL = {"resnet18": ((2, 2, 2, 2), 2), "resnet50": ((3, 4, 6, 3), 3)}
MODELS = (*STACKS, *(f"{name}_bn" for name in STACKS), *RESIDUAL)
CLASSES = 1000


def norm(name: str, channels: int) -> Shapes:
    """Returns the tensors of a batch normalisation."""
    parts = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.{part}": (channels,) for part in parts}


def linear(name: str, inputs: int, outputs: int) -> Shapes:
    """Returns the tensors of a linear layer."""
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def stack_shapes(model: str, classes: int) -> Shapes:
    """Returns the tensors of a VGG network."""
    normalized = model.endswith("_bn")
    found: Shapes = {}
    number, channels = 0, 3
    for stage, count in enumerate(STACKS[model.removesuffix("_bn")]):
        for _ in range(count):
            width = min(512, 64 << stage)
            found[f"features.{number}.weight"] = (width, channels, 3, 3)
            found[f"features.{number}.bias"] = (width,)
            if normalized:
                found |= norm(f"features.{number + 1}", width)
            number += 3 if normalized else 2
            channels = width
        number += 1
    sizes = (512 * 49, 4096, 4096, classes)
    for place, (inputs, outputs) in zip((0, 3, 6), zip(sizes, sizes[1:])):
        found |= linear(f"classifier.{place}", inputs, outputs)
    return found


def residual_shapes(model: str, classes: int) -> Shapes:
    """Returns the tensors of a residual network."""
    blocks, depth = RESIDUAL[model]
    found: Shapes = {"conv1.weight": (64, 3, 7, 7)} | norm("bn1", 64)
    channels = 64
    for stage, count in enumerate(blocks):
        width = 64 << stage
        outputs = width if depth == 2 else 4 * width
        for block in range(count):
            name = f"layer{stage + 1}.{block}"
            kernels = ((width, 3), (width, 3)) if depth == 2 else ((width, 1), (width, 3), (outputs, 1))
            inputs = channels
            for part, (size, kernel) in enumerate(kernels, start=1):
                found[f"{name}.conv{part}.weight"] = (size, inputs, kernel, kernel)
                found |= norm(f"{name}.bn{part}", size)
                inputs = size
            if block == 0 and (stage > 0 or channels != outputs):
                found[f"{name}.downsample.0.weight"] = (outputs, channels, 1, 1)
                found |= norm(f"{name}.downsample.1", outputs)
            channels = outputs
    return found | linear("fc", channels, classes)


def shapes(model: str, classes: int = CLASSES) -> Shapes:
    """Returns names and shapes of all tensors of a model."""
    return residual_shapes(model, classes) if model in RESIDUAL else stack_shapes(model, classes)


def random_tensors(model: str) -> dict[str, torch.Tensor]:
    """Draws initial weights as torchvision does."""
    found = {}
    for name, shape in shapes(model).items():
        if len(shape) == 4:
            deviation = math.sqrt(2 / (shape[0] * shape[2] * shape[3]))
            found[name] = torch.randn(shape) * deviation
        elif len(shape) == 2:
            bound = 1 / math.sqrt(shape[1])
            found[name] = torch.randn(shape) * 0.01 if model in STACKS else (2 * torch.rand(shape) - 1) * bound
        else:
            is_one = name.endswith("running_var") or (name.endswith("weight"))
            found[name] = torch.ones(shape) if is_one else torch.zeros(shape)
    return found


def model_of(tensors: dict[str, torch.Tensor]) -> str:
    """Returns the model that has tensors of these names and shapes, with any number of classes."""
    own = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    last = own.get("fc.bias") or own.get("classifier.6.bias") or (CLASSES,)
    for model in MODELS:
        if shapes(model, last[0]) == own:
            return model
    closest = min(MODELS, key=lambda model: len(set(shapes(model, last[0]).items()) ^ set(own.items())))
    expected = shapes(closest, last[0])
    name = next(name for name in [*expected, *own] if expected.get(name) != own.get(name))
    raise SystemExit(
        f"the tensors are those of none of {', '.join(MODELS)}; most like {closest}, which has {name} "
        f"{expected.get(name, '(not at all)')}, the file {own.get(name, '(not at all)')}"
    )


def read(path: Path) -> dict[str, torch.Tensor]:
    """Reads the state dictionary of a file."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError) as error:
        raise SystemExit(f"{path} cannot be read: {error}") from error
    except Exception as error:  # what an unpickler refuses has many names
        raise SystemExit(f"{path} holds more than tensors: {error}") from error
    if not isinstance(content, dict) or not all(isinstance(t, torch.Tensor) for t in content.values()):
        raise SystemExit(f"{path} holds no state dictionary: save model.state_dict()")
    kept = {name: t for name, t in content.items() if not name.endswith("num_batches_tracked")}
    return {name.removeprefix("module."): tensor.float().contiguous() for name, tensor in kept.items()}


def main() -> int:
    """Writes the file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("source", help="a .pth file of torchvision, or with --random a model: " + ", ".join(MODELS))
    parser.add_argument("output", type=Path, help="the safetensors file to write")
    parser.add_argument("--random", action="store_true", help="draw initial weights")
    parser.add_argument("--side", type=int, help="rows and columns of the images that it is for, when not 224")
    parser.add_argument("--seed", type=int, default=0, help="of the initial weights")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    if options.random and options.source not in MODELS:
        parser.error(f"an unknown model '{options.source}': known are {', '.join(MODELS)}")
    tensors = random_tensors(options.source) if options.random else read(Path(options.source))
    model = model_of(tensors)
    content = {"kind": "torchvision", "model": model} | ({"side": options.side} if options.side else {})
    architecture = json.dumps(content, separators=(",", ":"))
    save_file(tensors, options.output, metadata={"architecture": architecture})
    print(f"{options.output}: {model}, {sum(tensor.numel() for tensor in tensors.values()):,} numbers")
    return 0


if __name__ == "__main__":
    sys.exit(main())
