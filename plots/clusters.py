"""Clusters of single runs: partitions, pictures and weights of the first seed."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from layer_names import natural_order
from tables import Selection, TableError
from tensor_files import tensors

#: Stages of a network, in their order.
STAGES = ("initial", "trained", "pruned", "imported")


def in_order(stages: Sequence[str]) -> list[str]:
    """Returns stages in their order."""
    return sorted(stages, key=STAGES.index)


def first_run(selection: Selection) -> Path:
    """Returns the folder of the first seed's run."""
    folders = selection.runs()
    if not folders:
        raise TableError(f"{selection.study} has no complete run of this selection")
    return folders[0]


def last_stage(names: Sequence[str]) -> str:
    """Returns the last stage among names that begin with `<stage>/`."""
    return in_order(list({name.split("/")[0] for name in names}))[-1]


def pictures(
    run: Path, file: str = "pictures.safetensors"
) -> tuple[str, list[tuple[str, int, np.ndarray]]]:
    """Reads the pictures of a run's last stage: the name of the partition, and layer, cluster and
    (1 + controls) × channels × rows × columns of each sub-cluster, by layer and cluster. The labels of
    the partition are not shuffled ones."""
    found = {
        name: array
        for name, array in tensors(run / file).items()
        if not name.endswith("/members") and not name.split("/")[1].startswith("shuffled-")
    }
    if not found:
        raise TableError(f"{run} has no sub-cluster that is large enough for a picture")
    stage = last_stage(list(found))
    partition = next(name.split("/")[1] for name in found if name.startswith(f"{stage}/"))
    chosen = []
    for name, array in found.items():
        parts = name.split("/")
        if parts[:2] == [stage, partition]:
            chosen.append((parts[2], int(parts[3]), array))
    chosen.sort(key=lambda entry: (natural_order(entry[0]), entry[1]))
    return f"{stage}, {partition}", chosen


def features(run: Path) -> tuple[str, list[tuple[str, int, np.ndarray]]]:
    """Reads, in the same form, the images that excite sub-clusters and random units most."""
    return pictures(run, "features.safetensors")


def ordered_graph(run: Path) -> tuple[str, np.ndarray, list[int]]:
    """Returns, for the last stage of a feed-forward network, the name of the partition, |W| between
    all vertices that have edges in the order of their clusters, and where clusters end."""
    partitions = tensors(run / "partitions.safetensors")
    weights = tensors(run / "weights.safetensors")
    stage = last_stage(list(partitions))
    names = sorted({name.split("/")[1] for name in partitions if name.startswith(f"{stage}/")})
    partition = min(names, key=lambda name: abs(int(re.sub(r"\D", "", name)) - 12))
    layers = ["inputs"] + sorted(
        {name.split("/")[2] for name in partitions if not name.endswith("/inputs")},
        key=natural_order,
    )
    if f"{stage}/{partition}/inputs" not in partitions:
        raise TableError("the matrix is drawn of feed-forward networks only")
    labels = [partitions[f"{stage}/{partition}/{layer}"] for layer in layers]
    starts = np.concatenate([[0], np.cumsum([len(part) for part in labels])])
    matrix = np.zeros((starts[-1], starts[-1]), dtype=np.float32)
    for number, layer in enumerate(layers[1:]):
        block = np.abs(weights[f"{layer}.weight"]).T
        rows = slice(starts[number], starts[number + 1])
        columns = slice(starts[number + 1], starts[number + 2])
        matrix[rows, columns] = block
        matrix[columns, rows] = block.T
    flat = np.concatenate(labels)
    order = np.argsort(flat, kind="stable")[(flat < 0).sum() :]
    ends = np.cumsum(np.bincount(flat[flat >= 0])).tolist()
    return f"{stage}, {partition}", matrix[np.ix_(order, order)], ends
