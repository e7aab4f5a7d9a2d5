"""Computes the tiny exports from which the goldens of docs/inputs.md are made.

python tools/goldens/tiny_exports.py .build/release/modlab    # all of them
python tools/goldens/tiny_exports.py .build/release/modlab lstm

Every folder of Tests/ExperimentsTests/Goldens/exports has a manifest; its first run is computed and
exported beside it. To keep the files small, only the first few images and the masks
of one stage are kept.
"""

import argparse
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from exports import CASES, EXPORTS
from golden_file import Tensors

#: Images that are kept.
IMAGES = 3


def first_images(tensors: Tensors) -> Tensors:
    """Keeps the first images; other examples are small and stay as they are."""
    if tensors["inputs"].ndim < 4:
        return tensors
    return {name: tensor[:IMAGES] for name, tensor in tensors.items()}


def masks_of(stage: str, tensors: Tensors) -> Tensors:
    """Keeps the masks of one stage, without their logits."""
    return {
        name: tensor
        for name, tensor in tensors.items()
        if name.startswith(f"{stage}/") and not name.endswith(".logit")
    }


def shorten(path: Path, selection: Callable[[Tensors], Tensors]) -> None:
    """Writes a file again with some of its tensors, without the checksums of all."""
    with safe_open(path, framework="numpy") as file:
        metadata = dict(file.metadata())
    del metadata["sha256"], metadata["header_sha256"]
    save_file(selection(load_file(path)), path, dict(sorted(metadata.items())))


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modlab", type=Path, help="the program")
    parser.add_argument("names", nargs="*", help="folders of exports; all when none is given")
    arguments = parser.parse_args()
    program = arguments.modlab.resolve()
    for name in arguments.names or sorted(path.name for path in EXPORTS.iterdir()):
        folder = EXPORTS / name
        with tempfile.TemporaryDirectory() as results:
            run = [program, "run", folder / "m.yaml", "--out", results, "--seeds", "1", "--quiet"]
            subprocess.run(run, check=True)
            (seed,) = Path(results).glob("*/runs/*/seed-00")
            export = [program, "export", seed, "--to", folder, "--evaluation-set", "--quiet"]
            subprocess.run(export, check=True)
        shorten(folder / "evaluation.safetensors", first_images)
        stage = CASES[name][1]
        shorten(folder / "masks.safetensors", lambda tensors: masks_of(stage, tensors))


if __name__ == "__main__":
    main()
