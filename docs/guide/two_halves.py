"""The network of docs/guide.md: it counts the ones of the left or of the right half of its input, modulo 4.

    python3 docs/guide/two_halves.py docs/guide

trains it in PyTorch (seconds) and writes network, data and a manifest for modlab into the folder.
"""

import csv
import sys
from pathlib import Path

import modlab
import numpy as np
import torch
from torch import nn

HALF = 6


def examples(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Bits of both halves with two more that say which half is asked for; the answers; and which half it is."""
    random = np.random.default_rng(seed)
    bits = random.integers(0, 2, (count, 2, HALF), dtype=np.uint8)
    asked = random.integers(0, 2, count)
    answers = bits[np.arange(count), asked].sum(1) % 4
    inputs = np.concatenate([bits.reshape(count, 2 * HALF), np.eye(2, dtype=np.uint8)[asked]], 1)
    return inputs, answers.astype(np.uint8), [("left", "right")[half] for half in asked]


def trained(inputs: np.ndarray, answers: np.ndarray, steps: int = 3000) -> nn.Module:
    """A network that answers."""
    torch.manual_seed(0)
    torch.set_num_threads(1)  # small products are faster so
    model = nn.Sequential(
        nn.Linear(2 * HALF + 2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    x, y = torch.from_numpy(inputs).float(), torch.from_numpy(answers).long()
    for _ in range(steps):
        batch = torch.randint(len(x), (128,))
        loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


def main(folder: Path, steps: int = 3000) -> float:
    """Trains, writes the files, and returns the accuracy on test examples."""
    train, test = examples(4000, seed=1), examples(1000, seed=2)
    model = trained(*train[:2], steps=steps)
    modlab.export(model, torch.from_numpy(train[0][:2]).float(), train[:2], test[:2], to=folder)
    for name, (_, _, asked) in (("train", train), ("test", test)):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["asked"], *([half] for half in asked)])
    with torch.no_grad():
        right = model(torch.from_numpy(test[0]).float()).argmax(1).numpy() == test[1]
    return float(right.mean())


if __name__ == "__main__":
    print(f"accuracy on test examples: {main(Path(sys.argv[1])):.3f}")
