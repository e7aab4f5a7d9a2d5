"""PyTorch networks under masks, and exported."""

from pathlib import Path

import modlab
import numpy as np
import pytest
from safetensors.numpy import load_file

torch = pytest.importorskip("torch")


def linear() -> "torch.nn.Module":
    """A network whose only layer is of 2 x 3."""
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 2))


def test_apply_sets_weights_to_zero(run: Path) -> None:
    model, mask = linear(), modlab.masks(run)["odd"]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert modlab.apply(model, mask) is model
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name] * torch.from_numpy(mask[name]))


def test_the_complement(run: Path) -> None:
    model, mask = linear(), modlab.masks(run)["even"]
    weight = model[0].weight.detach().clone()
    modlab.apply(model, mask, invert=True)
    assert torch.equal(model[0].weight, weight * torch.from_numpy(~mask["0.weight"]))


def test_a_block_gives_the_weights_back_even_after_errors(run: Path) -> None:
    model, mask = linear(), modlab.masks(run)["even"]
    weight = model[0].weight.detach().clone()
    with pytest.raises(ZeroDivisionError), modlab.masked(model, mask) as same:
        assert same is model and (model[0].weight == 0).sum() == 2
        raise ZeroDivisionError
    assert torch.equal(model[0].weight, weight)


def test_wrappers_do_not_matter(run: Path) -> None:
    model = torch.nn.DataParallel(linear())
    modlab.apply(model, modlab.masks(run)["even"])
    assert (model.module[0].weight == 0).sum() == 2


def test_both_biases_of_an_lstm_are_masked() -> None:
    model = torch.nn.LSTM(2, 1)
    modlab.apply(model, {"bias_ih_l0": np.array([True, False, True, False])})
    assert model.bias_ih_l0[1] == 0 and model.bias_hh_l0[1] == 0 and model.bias_hh_l0[0] != 0


def test_masks_that_do_not_fit_change_nothing() -> None:
    model = linear()
    weight = model[0].weight.detach().clone()
    for mask, words in (
        ({"0.weight": np.zeros((2, 3), bool), "0.wieght": np.zeros(2, bool)}, "did you mean '0.weight'"),
        ({"0.weight": np.zeros((3, 2), bool)}, "has the shape"),
    ):
        with pytest.raises(modlab.ModlabError, match=words):
            modlab.apply(model, mask)
    assert torch.equal(model[0].weight, weight)


def data(targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inputs of three numbers with given targets."""
    return np.ones((len(targets), 3)), targets


def test_export_writes_files_and_a_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = linear().train()
    train, test = data(np.array([0, 1, 1], np.int32)), data(np.array([0, 1]))
    path = modlab.export(model, torch.ones(2, 3), train, test, to="s", title='A "title"')
    assert path == Path("s/study.yaml") and model.training
    assert sorted(file.name for file in Path("s").iterdir()) == [
        "arrays.safetensors", "check.safetensors", "network.pt2", "study.yaml",
    ]
    arrays = load_file("s/arrays.safetensors")
    assert arrays["train_x"].dtype == np.float32 and arrays["train_y"].dtype == np.int64
    check = load_file("s/check.safetensors")
    model.eval()
    assert np.array_equal(model(torch.from_numpy(check["inputs"])).detach().numpy(), check["outputs"])
    text = path.read_text()
    assert 'network: {import: "s/network.pt2"}' in text and 'title: "A \\"title\\""' in text
    assert 'train: {inputs: "s/arrays.safetensors#train_x", targets: "s/arrays.safetensors#train_y"}' in text
    assert "loss: cross-entropy" in text and "low: {targets: [0]}" in text


@pytest.mark.parametrize(
    ("targets", "loss"),
    [(np.ones((2, 2), np.float64), "mse"), (np.zeros((2, 2), np.int64), "groups")],
)
def test_the_loss_follows_from_the_targets(tmp_path: Path, targets: np.ndarray, loss: str) -> None:
    path = modlab.export(linear(), torch.ones(2, 3), data(targets), data(targets), to=tmp_path)
    assert f"loss: {loss}\n" in path.read_text()


@pytest.mark.parametrize(
    ("train", "words"),
    [
        (data(np.array([0, 2])), "targets are 0 to 2"),
        ((np.ones((2, 4)), np.zeros(2, int)), "have the shape"),
        ((np.ones((3, 3)), np.zeros(2, int)), "3 train inputs and 2 targets"),
        ((np.array([["a"] * 3]), np.zeros(1, int)), "are no numbers"),
    ],
)
def test_data_that_do_not_fit_are_refused(
    tmp_path: Path, train: tuple[np.ndarray, np.ndarray], words: str
) -> None:
    with pytest.raises(modlab.ModlabError, match=words):
        modlab.export(linear(), torch.ones(2, 3), train, data(np.array([0, 1])), to=tmp_path / "s")
    assert not (tmp_path / "s").exists() or not list((tmp_path / "s").iterdir())
