"""Masks are read by stage."""

from pathlib import Path

import modlab
import numpy as np
import pytest
from safetensors.numpy import save_file


def test_masks_of_a_run_by_stage(run: Path) -> None:
    masks = modlab.masks(run)
    assert list(masks) == ["even", "odd"] and len(masks) == 2 and "even" in masks
    assert list(masks["even"]) == ["0.weight"]
    assert masks["even"]["0.weight"].dtype == np.bool_
    assert masks["even"]["0.weight"].tolist() == [[True, False, True], [False, True, True]]
    assert "even, odd" in repr(masks)


def test_paths_may_be_patterns_and_files(run: Path) -> None:
    pattern = run.parent.parent / "main-*" / "seed-00"
    assert list(modlab.masks(pattern)) == ["even", "odd"]
    assert list(modlab.masks(str(run / "masks.safetensors"))["odd"]) == ["0.bias", "0.weight"]


def test_wrong_stages_and_paths_are_named(run: Path) -> None:
    with pytest.raises(modlab.ModlabError, match="did you mean 'even'"):
        modlab.masks(run)["evem"]
    with pytest.raises(modlab.ModlabError, match="stands for 0 paths"):
        modlab.masks(run / "nowhere")
    with pytest.raises(modlab.ModlabError, match="has no masks.safetensors"):
        modlab.masks(run / "metrics")


@pytest.mark.parametrize(
    "tensors", [{"w": np.ones(2, np.uint8)}, {"a/w": np.ones(2, np.float32)}, {"a/w": np.full(2, 2, np.uint8)}]
)
def test_files_of_something_else_are_refused(tmp_path: Path, tensors: dict[str, np.ndarray]) -> None:
    save_file(tensors, tmp_path / "m.safetensors")
    with pytest.raises(modlab.ModlabError, match="is no mask"):
        modlab.masks(tmp_path / "m.safetensors")


def test_a_file_without_masks_is_refused(tmp_path: Path) -> None:
    save_file({"a/w.logit": np.ones(2, np.float32)}, tmp_path / "m.safetensors")
    with pytest.raises(modlab.ModlabError, match="holds no masks"):
        modlab.masks(tmp_path / "m.safetensors")
