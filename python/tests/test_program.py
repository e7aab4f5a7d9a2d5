"""Files of the package are read by the built program, and the program's by the package."""

import json
from pathlib import Path

import modlab
import numpy as np
import pytest
from conftest import Program
from safetensors.numpy import load_file, save_file

STUDY = """
schema: 1
experiment: own-network
seeds: 2
network: {input: [6], layers: [{linear: fc1, outputs: 8}, relu, {linear: fc2, outputs: 3}]}
data:
  train: {inputs: "d.safetensors#x", targets: "d.safetensors#y"}
  test: {inputs: "t.npz#x", targets: "t.npz#y"}
subtasks: {low: {targets: [0, 1]}}
pretrain: {steps: 60, batch: 16, lr: 0.01}
mask: {steps: 20, batch: 16, lr: 0.3}
controls: off
"""


def examples(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors with the place of the largest of their first three numbers."""
    x = np.random.default_rng(seed).normal(size=(count, 6)).astype(np.float32)
    return x, x[:, :3].argmax(1).astype(np.int32)


def logits(weights: dict[str, np.ndarray], mask: modlab.Mask, x: np.ndarray) -> np.ndarray:
    """The outputs of the network of the study under a mask, in double precision."""
    kept = {name: np.where(mask.get(name, True), w, 0).astype(np.float64) for name, w in weights.items()}
    hidden = np.maximum(x @ kept["fc1.weight"].T + kept["fc1.bias"], 0)
    return hidden @ kept["fc2.weight"].T + kept["fc2.bias"]


def test_masks_of_a_run_give_the_accuracies_of_its_tables(program: Program) -> None:
    """Without PyTorch: NumPy writes the data and computes the network."""
    pytest.importorskip("pandas")
    (x, y), (test_x, test_y) = examples(120, 0), examples(200, 1)
    save_file({"x": x, "y": y}, "d.safetensors")
    np.savez_compressed("t.npz", x=test_x, y=test_y)
    Path("study.yaml").write_text(STUDY)
    program("run", "study.yaml", "--out", "results", "--quiet")
    frame = modlab.table("results/study", "accuracy")
    for seed in (0, 1):
        run = f"results/study/runs/main-*/seed-0{seed}"
        masks = modlab.masks(run)
        assert list(masks) == ["full", "low"]
        weights = load_file(masks.path.parent / "weights.safetensors")
        assert {name: bits.shape for name, bits in masks["low"].items()} == {
            "fc1.weight": (8, 6), "fc2.weight": (3, 8),
        }
        for stage, mask in masks.items():
            found = float(np.mean(logits(weights, mask, test_x).argmax(1) == test_y))
            row = frame.query(
                f"seed == {seed} and stage == '{stage}' and mask_mode == 'mask' and eval_set == 'iid' "
                "and metric == 'accuracy'"
            )
            assert row["value"].tolist() == [found]


def test_an_exported_network_is_checked_and_masked(program: Program) -> None:
    """With PyTorch: the network goes to modlab, its masks come back."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("pandas")
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3)).eval()
    train, (x, y) = examples(120, 0), examples(200, 1)
    modlab.export(model, torch.from_numpy(x[:2].copy()), train, (x, y), to="s")
    check = json.loads(
        program("import", "check", "s/network.pt2", "--against", "s/check.safetensors", "--json")
        .splitlines()[-1]
    )
    assert "s/network.pt2" in json.dumps(check)
    program("run", "s/study.yaml", "--profile", "smoke", "--out", "results", "--quiet")
    frame = modlab.table("results/study", "accuracy")
    masks = modlab.masks("results/study/runs/main-*/seed-00")
    assert list(masks) == ["full", "high", "low"]
    for stage, mask in masks.items():
        with modlab.masked(model, mask), torch.no_grad():
            found = float((model(torch.from_numpy(x)).argmax(1).numpy() == y).mean())
        row = frame.query(
            f"stage == '{stage}' and mask_mode == 'mask' and eval_set == 'iid' and metric == 'accuracy'"
        )
        assert row["value"].tolist() == [found]


def test_the_program_says_what_is_wrong(program: Program) -> None:
    """Its message and exit status, not a table of nothing."""
    Path("study.yaml").write_text(STUDY)
    with pytest.raises(AssertionError, match="d.safetensors"):
        program("run", "study.yaml", "--out", "results")
    assert not Path("results/study/accuracy.csv").exists()
