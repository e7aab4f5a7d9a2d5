"""Masks that modlab has learned, and PyTorch networks under them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from modlab._errors import ModlabError, needed, unknown

if TYPE_CHECKING:
    import torch

    Model = TypeVar("Model", bound=torch.nn.Module)

#: A truth value for every weight, by the name of the parameter: whether the weight is kept.
Mask = Mapping[str, NDArray[np.bool_]]

#: What DataParallel and torch.compile put before the names of parameters.
WRAPPERS = re.compile(r"^(module\.|_orig_mod\.)+")

#: The name of the second bias of a layer of torch.nn.LSTM. modlab has one bias, the sum of both, so
#: that the mask of the first is that of the second.
SECOND_BIAS = re.compile(r"(^|.*\.)bias_hh_l(\d+)$")


class Masks(Mapping[str, Mask]):
    """The masks of a run by stage."""

    def __init__(self, path: Path, stages: dict[str, dict[str, NDArray[np.bool_]]]) -> None:
        self.path = path
        self._stages = stages

    def __getitem__(self, stage: str) -> Mask:
        if stage not in self._stages:
            raise unknown(f"{self.path} has no stage", stage, self._stages)
        return self._stages[stage]

    def __contains__(self, stage: object) -> bool:
        return stage in self._stages

    def __iter__(self) -> Iterator[str]:
        return iter(self._stages)

    def __len__(self) -> int:
        return len(self._stages)

    def __repr__(self) -> str:
        return f"<masks of {', '.join(self._stages)} in {self.path}>"


def masks(path: str | Path) -> Masks:
    """The masks of a run by stage.

    Args:
        path: the folder of a run, `results/…/seed-00`, a folder of `modlab export`, or a file of masks;
            `*` may stand for a part of it, if there is one such path only.

    Raises:
        ModlabError: when there is no such file, or it holds something else than masks.
    """
    found = [Path(name) for name in sorted(glob(str(path)))]
    if len(found) != 1:
        raise ModlabError(
            f"{path} stands for {len(found)} paths: "
            + (", ".join(str(name) for name in found[:4]) or "check it")
        )
    file = found[0] / "masks.safetensors" if found[0].is_dir() else found[0]
    if not file.exists():
        raise ModlabError(f"{found[0]} has no masks.safetensors; has the run learned masks yet?")
    stages: dict[str, dict[str, NDArray[np.bool_]]] = {}
    for name, bits in sorted(load_file(file).items()):
        stage, slash, parameter = name.partition("/")
        if parameter.endswith(".logit"):
            continue
        if not slash or bits.dtype not in (np.uint8, np.bool_) or bits.max(initial=0) > 1:
            raise ModlabError(f"{file}: {name!r} is no mask, which is called <stage>/<parameter>")
        stages.setdefault(stage, {})[parameter] = bits.astype(np.bool_)
    if not stages:
        raise ModlabError(f"{file} holds no masks")
    return Masks(file, stages)


def apply(model: Model, mask: Mask, *, invert: bool = False) -> Model:
    """Sets the weights that a mask leaves out to 0, in place.

    Args:
        model: a network whose parameters have the names of the mask; parameters without a mask stay as
            they are. The masks of an LSTM's first biases are those of the second ones.
        mask: of one stage.
        invert: whether to keep what the mask leaves out, and the other way round.

    Returns:
        The same network.

    Raises:
        ModlabError: when a mask has no parameter, or another shape; nothing is changed then.
    """
    torch = needed("torch", "apply")
    pairs = _pairs(model, mask)
    with torch.no_grad():
        for parameter, bits in pairs:
            kept = torch.from_numpy(bits != invert).to(parameter.device)
            parameter.mul_(kept.to(parameter.dtype))
    return model


@contextmanager
def masked(model: Model, mask: Mask, *, invert: bool = False) -> Iterator[Model]:
    """A network under a mask; afterwards it has its weights again.

    with modlab.masked(model, mask):
        accuracy = evaluate(model)
    """
    torch = needed("torch", "masked")
    before = [(parameter, parameter.detach().clone()) for parameter, _ in _pairs(model, mask)]
    try:
        yield apply(model, mask, invert=invert)
    finally:
        with torch.no_grad():
            for parameter, values in before:
                parameter.copy_(values)


def _pairs(model: Any, mask: Mask) -> list[tuple[Any, NDArray[np.bool_]]]:
    """The parameters that a mask covers, each with its bits."""
    parameters = {WRAPPERS.sub("", name): value for name, value in model.named_parameters()}
    full = dict(mask)
    for name in parameters:
        second = SECOND_BIAS.match(name)
        first = f"{second[1]}bias_ih_l{second[2]}" if second else ""
        if name not in full and first in full:
            full[name] = full[first]
    pairs = []
    for name, bits in full.items():
        if name not in parameters:
            raise unknown("the network has no parameter", name, parameters)
        if tuple(parameters[name].shape) != bits.shape:
            raise ModlabError(
                f"the mask of {name!r} has the shape {bits.shape}, "
                f"the parameter {tuple(parameters[name].shape)}"
            )
        pairs.append((parameters[name], np.ascontiguousarray(bits)))
    return pairs
