"""A run and a study as modlab leaves them, smaller."""

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
