"""The network of docs/guide.md, and what the guide does with it in Python."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from safetensors.numpy import load_file

torch = pytest.importorskip("torch")

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def two_halves() -> ModuleType:
    """The script of the guide."""
    spec = importlib.util.spec_from_file_location("two_halves", DOCS / "guide" / "two_halves.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_writes_the_files_of_the_repository(two_halves: ModuleType, tmp_path: Path) -> None:
    assert two_halves.main(tmp_path, steps=20) > 0.2
    for name in ("network.pt2", "check.safetensors", "train.csv", "test.csv", "arrays.safetensors"):
        assert (tmp_path / name).is_file()
    for name in ("train.csv", "test.csv"):
        assert (tmp_path / name).read_text() == (DOCS / "guide" / name).read_text()
    made, kept = (load_file(folder / "arrays.safetensors") for folder in (tmp_path, DOCS / "guide"))
    assert made.keys() == kept.keys()
    assert all(np.array_equal(made[name], kept[name]) for name in kept)


def test_the_network_of_the_repository_counts(two_halves: ModuleType) -> None:
    inputs, answers, asked = two_halves.examples(200, seed=3)
    assert {"left", "right"} == set(asked)
    program = torch.export.load(DOCS / "guide" / "network.pt2").module()
    with torch.no_grad():
        # The program was exported for batches of two.
        rows = [program(torch.from_numpy(inputs[row : row + 2]).float()) for row in range(0, 200, 2)]
    assert (torch.cat(rows).argmax(1).numpy() == answers).mean() > 0.99


def test_the_commands_that_need_pytorch_are_the_script(tmp_path: Path) -> None:
    guide = (DOCS / "guide.md").read_text(encoding="utf-8")
    assert re.findall(r"^    (python3 .*)$", guide, re.M) == ["python3 docs/guide/two_halves.py docs/guide"]
