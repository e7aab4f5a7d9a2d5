"""A run and a study as modlab leaves them, smaller."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run with the masks of two stages over a layer of 2 x 3."""
    folder = tmp_path / "results" / "study" / "runs" / "main-0123456789" / "seed-00"
    (folder / "metrics").mkdir(parents=True)
    save_file(
        {
            "even/0.weight": np.array([[1, 0, 1], [0, 1, 1]], np.uint8),
            "even/0.weight.logit": np.ones((2, 3), np.float32),
            "odd/0.weight": np.array([[0, 0, 1], [1, 1, 0]], np.uint8),
            "odd/0.bias": np.array([0, 1], np.uint8),
        },
        folder / "masks.safetensors",
        {"format": "modlab-masks-1"},
    )
    (folder / "metrics" / "accuracy.csv").write_text("stage,accuracy\neven,0.5\n")
    (tmp_path / "results" / "study" / "accuracy.csv").write_text(
        "study,variant,seed,stage,accuracy\nstudy,main,0,even,0.5\nstudy,main,1,even,nan\n"
    )
    return folder


class Program:
    """The built program, run in a folder of its own."""

    def __init__(self, path: str, folder: Path) -> None:
        self.path, self.folder = path, folder

    def __call__(self, *words: str) -> str:
        """What the program prints; an exit status other than 0 fails the test with what it says."""
        result = subprocess.run(
            [self.path, *words], cwd=self.folder, capture_output=True, text=True, timeout=300
        )
        assert result.returncode == 0, f"modlab {' '.join(words)}:\n{result.stdout}{result.stderr}"
        return result.stdout


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The program that MODLAB names; the test is left out without it."""
    path = os.environ.get("MODLAB")
    if not path:
        pytest.skip("MODLAB names no built program")
    resolved = Path(path).resolve()
    monkeypatch.chdir(tmp_path)
    return Program(str(resolved), tmp_path)
