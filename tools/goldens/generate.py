"""Writes the golden files of the tests, or checks that they can still be reproduced.

python tools/goldens/generate.py            # writes all files
python tools/goldens/generate.py --check    # writes nothing, compares with the files there are
python tools/goldens/generate.py linear     # only the named ones
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

import estimator_training
import estimators
import exports
import images
import initialization
import joint_step
import layers
import mask_step
import optimizers
import random_streams
import sampler
import sequence_layers
import sequence_training
import training
from golden_file import Tensors, encode, read

TESTS = Path(__file__).resolve().parents[2] / "Tests"
FOLDER = TESTS / "ParityTests" / "Goldens"
#: Goldens of whole networks, as the document on inputs loads them.
EXPORTS_FOLDER = TESTS / "ExperimentsTests" / "Goldens"
LARGEST_FILE = 500_000
LARGEST_TOTAL = 3_000_000

#: Another processor may round differently; anything beyond this means another computation.
CHECK_TOLERANCE = 1e-5

Generator = Callable[[], tuple[Tensors, dict[str, str]]]

GENERATORS: dict[str, Generator] = {
    random_streams.NAME: random_streams.generate,
    sampler.NAME: sampler.generate,
    estimators.NAME: estimators.generate,
    estimator_training.NAME: estimator_training.generate,
    "linear": layers.generate_linear,
    "grouped_linear": layers.generate_grouped_linear,
    **{name: partial(layers.generate_activation, name) for name in layers.ACTIVATIONS},
    "cross_entropy": layers.generate_cross_entropy,
    "feed_forward": layers.generate_feed_forward,
    initialization.NAME: initialization.generate,
    optimizers.NAME: optimizers.generate,
    training.NAME: training.generate,
    "lstm": sequence_layers.generate_lstm,
    "embedding": sequence_layers.generate_embedding,
    "layer_norm": sequence_layers.generate_layer_norm,
    "attention": sequence_layers.generate_attention,
    "training_lstm": sequence_training.generate_lstm,
    "training_transformer": sequence_training.generate_transformer,
    "convolution": images.generate_convolution,
    "pooling": images.generate_pooling,
    "window_pooling": images.generate_window_pooling,
    "batch_norm": images.generate_batch_norm,
    "residual_block": images.generate_residual_block,
    "training_cnn": images.generate_training,
    joint_step.NAME: joint_step.generate,
    **{name: partial(mask_step.generate, name) for name in mask_step.CASES},
    **{f"export_{name}": partial(exports.generate, name) for name in exports.CASES},
}


def place(name: str) -> Path:
    """Returns the file of a golden."""
    folder = EXPORTS_FOLDER if name.startswith("export_") else FOLDER
    return folder / f"{name}.safetensors"


def differences(path: Path, encoded: bytes, tensors: Tensors) -> list[str]:
    """Returns what differs between a committed file and a new generation of it."""
    if not path.exists():
        return ["the file is missing"]
    if path.read_bytes() == encoded:
        return []
    committed, _ = read(path)
    found = [f"{name}: only in one of the two" for name in committed.keys() ^ tensors.keys()]
    for name in sorted(committed.keys() & tensors.keys()):
        old, new = committed[name], tensors[name]
        if old.dtype != new.dtype or old.shape != new.shape:
            found.append(f"{name}: {old.dtype}{old.shape} became {new.dtype}{new.shape}")
        elif not np.allclose(old, new, rtol=CHECK_TOLERANCE, atol=CHECK_TOLERANCE):
            largest = np.abs(old.astype(np.float64) - new.astype(np.float64)).max()
            found.append(f"{name}: values differ by up to {largest:.1e}")
    return found


def main() -> int:
    """Runs the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"any of: {', '.join(GENERATORS)}")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.names) - set(GENERATORS))
    if unknown:
        parser.error(f"unknown golden '{unknown[0]}'; there are: {', '.join(GENERATORS)}")

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    failed = False
    for name in arguments.names or GENERATORS:
        tensors, facts = GENERATORS[name]()
        encoded = encode(tensors, name, facts)
        if len(encoded) > LARGEST_FILE:
            raise ValueError(f"{name} takes {len(encoded):,} bytes, allowed are {LARGEST_FILE:,}")
        path = place(name)
        if arguments.check:
            found = differences(path, encoded, tensors)
            failed = failed or bool(found)
            print(f"{name}: {'; '.join(found) or 'reproduced'}")
        else:
            path.write_bytes(encoded)
            print(f"{name}: {len(tensors)} tensors, {len(encoded):,} bytes")
    total = sum(
        path.stat().st_size
        for folder in (FOLDER, EXPORTS_FOLDER)
        for path in folder.rglob("*.safetensors")
    )
    if total > LARGEST_TOTAL:
        raise ValueError(f"the goldens take {total:,} bytes, allowed are {LARGEST_TOTAL:,}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
