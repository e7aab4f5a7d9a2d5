"""Networks and data of Python as files of modlab."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from modlab._errors import ModlabError, needed

if TYPE_CHECKING:
    import torch

#: Inputs and targets of the examples, arrays of numpy or tensors of torch.
Examples = tuple[Any, Any]

#: Examples whose outputs are kept for `modlab import check`.
CHECKED = 32


def export(
    model: torch.nn.Module,
    example: Any,
    train: Examples,
    test: Examples,
    to: str | Path,
    *,
    subtasks: Mapping[str, Sequence[int]] | None = None,
    title: str = "Sub-tasks of my network",
) -> Path:
    """Writes a network and data for modlab, and a manifest that runs.

    The folder gets `network.pt2` (torch.export.save), `arrays.safetensors` (train_x, train_y, test_x,
    test_y), `check.safetensors` (inputs of the test and the network's outputs) and `study.yaml`. Then:

        modlab import check my-study/network.pt2 --against my-study/check.safetensors
        modlab run my-study/study.yaml --out results

    Paths in the manifest are those seen from the present folder, in which modlab is to be run.

    Args:
        model: a network of one input tensor, batch first, and one output tensor; it is put into
            evaluation mode while it is exported.
        example: a batch of at least two inputs.
        train: inputs and targets to learn masks on.
        test: inputs and targets to measure on.
        to: the folder; files of these names are written anew.
        subtasks: classes by the name of a sub-task; two halves of the classes when None.
        title: what the study is called.

    Returns:
        The path of the manifest.

    Raises:
        ModlabError: when data and network do not fit each other.
    """
    torch = needed("torch", "export")
    example = torch.as_tensor(example)
    arrays = _arrays(train, test, tuple(example.shape[1:]))
    folder = Path(to)
    folder.mkdir(parents=True, exist_ok=True)
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            inputs = torch.from_numpy(arrays["test_x"][:CHECKED]).to(example.dtype)
            outputs = model(inputs)
        program = torch.export.export(model, (example,))
    finally:
        model.train(was_training)
    if not isinstance(outputs, torch.Tensor) or not torch.isfinite(outputs).all():
        raise ModlabError("the network gives no tensor, or numbers that are not finite")
    text = _manifest(folder, arrays, tuple(outputs.shape[1:]), subtasks, title)
    torch.export.save(program, folder / "network.pt2")
    save_file(arrays, folder / "arrays.safetensors")
    save_file(
        {"inputs": _array(inputs.float() if inputs.is_floating_point() else inputs),
         "outputs": _array(outputs.float())},
        folder / "check.safetensors",
    )
    manifest = folder / "study.yaml"
    manifest.write_text(text, encoding="utf-8")
    return manifest


def _array(values: Any) -> NDArray[Any]:
    """An array of an element type that modlab reads."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = (values.float() if values.is_floating_point() else values).numpy()
    array = np.ascontiguousarray(values)
    if array.dtype.kind == "f":
        return array.astype(np.float32, copy=False)
    if array.dtype.kind in "iu" and array.dtype != np.uint8:
        return array.astype(np.int64, copy=False)
    if array.dtype.kind not in "ub":
        raise ModlabError(f"arrays of {array.dtype} are no numbers")
    return array


def _arrays(
    train: Examples, test: Examples, row: tuple[int, ...]
) -> dict[str, NDArray[Any]]:
    """The data under the names of the file."""
    arrays: dict[str, NDArray[Any]] = {}
    for name, (inputs, targets) in (("train", train), ("test", test)):
        x, y = _array(inputs), _array(targets)
        if x.shape[1:] != row:
            raise ModlabError(f"the {name} inputs have the shape {x.shape}, the example has (N, *{row})")
        if len(x) == 0 or len(x) != len(y):
            raise ModlabError(f"there are {len(x)} {name} inputs and {len(y)} targets")
        arrays[f"{name}_x"], arrays[f"{name}_y"] = x, y
    return arrays


def _loss(targets: NDArray[Any], output: tuple[int, ...]) -> str:
    """The loss that targets of this kind ask for."""
    if targets.dtype.kind == "f":
        return "mse"
    if targets.ndim == 1:
        return "cross-entropy"
    return "sequence" if len(output) == 2 else "groups"


def _manifest(
    folder: Path,
    arrays: dict[str, NDArray[Any]],
    output: tuple[int, ...],
    subtasks: Mapping[str, Sequence[int]] | None,
    title: str,
) -> str:
    """The text of the manifest."""
    loss = _loss(arrays["train_y"], output)
    if loss == "cross-entropy":
        classes = output[0] if len(output) == 1 else 0
        wrong = {int(y) for name in ("train_y", "test_y") for y in np.unique(arrays[name])}
        if not wrong <= set(range(classes)):
            raise ModlabError(f"targets are {min(wrong)} to {max(wrong)}, the network has {classes} outputs")
        half = classes // 2
        subtasks = subtasks or {"low": range(half), "high": range(half, classes)}
    place = (folder / "arrays.safetensors").as_posix()

    def part(name: str) -> str:
        inputs, targets = json.dumps(f"{place}#{name}_x"), json.dumps(f"{place}#{name}_y")
        return f"  {name}: {{inputs: {inputs}, targets: {targets}}}"

    lines = [
        "# Written by the Python package modlab; docs/own-networks.md explains all keys.",
        "schema: 1",
        "experiment: own-network",
        f"title: {json.dumps(title, ensure_ascii=False)}",
        "seeds: 3",
        "",
        f"network: {{import: {json.dumps((folder / 'network.pt2').as_posix())}}}",
        "data:",
        part("train"),
        part("test"),
        f"loss: {loss}",
    ]
    if subtasks:
        lines.append("subtasks:")
        for name, members in subtasks.items():
            lines.append(f"  {name}: {{targets: [{', '.join(str(int(m)) for m in members)}]}}")
    lines += [
        "mask: {steps: 2000, lr: 0.03, beta: 1.0e-3}",
        "profiles:",
        "  smoke: {mask: {steps: 10}, seeds: 1}",
        "  quick: {}",
    ]
    return "\n".join(lines) + "\n"
