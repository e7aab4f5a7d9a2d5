"""Writes features.json of Tests/ClustersTests: pictures of features as PyTorch computes them.

OMP_NUM_THREADS=1 python tools/goldens/features.py [FOLDER]     needs numpy, torch and what clusters.py needs

Images from spectra, moved images, and twenty steps of Adam of small networks, in double precision. Inputs and weights
are those of `uniform` in clusters.py, in the layouts of modlab: images are rows × columns × channels.
"""

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from clusters import FOLDER, save, uniform

torch.set_default_dtype(torch.float64)
COLORS = np.array([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]])


def numbers(seed: int, shape: list[int], size: float, shift: float = 0) -> torch.Tensor:
    """Returns (2u − 1)·size + shift."""
    return torch.tensor((2 * uniform(seed, int(np.prod(shape))) - 1) * size + shift).reshape(shape)


def columns(width: int) -> int:
    """Returns the number of frequencies along a row."""
    return width // 2 + (2 if width % 2 else 1)


def spectrum_images(z: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Returns B×C×H×W of spectra B×H×F×2×C, before the logistic function."""
    fy = np.fft.fftfreq(height)[:, None]
    fx = np.fft.fftfreq(width)[: columns(width)]
    frequency = torch.tensor(np.sqrt(fx * fx + fy * fy))
    scale = np.sqrt(width * height) / frequency.clamp(min=1 / max(width, height))
    parts = z.permute(0, 4, 1, 2, 3)
    spectrum = scale * torch.complex(parts[..., 0].contiguous(), parts[..., 1].contiguous())
    full = (height, 2 * (columns(width) - 1))
    images = torch.fft.irfft2(spectrum, s=full)[..., :height, :width] / 4
    if images.shape[1] == 3:
        mixing = torch.tensor(COLORS / np.linalg.norm(COLORS, axis=0).max())
        images = torch.einsum("bchw,dc->bdhw", images, mixing)
    return images


def last(images: torch.Tensor) -> list:
    """Returns images with their channels last, as a flat list."""
    return images.detach().permute(0, 2, 3, 1).flatten().tolist()


def spectra() -> list[dict]:
    """Returns images from spectra of even and odd sizes."""
    found = []
    sizes = [(4, 6, 1), (5, 7, 3), (6, 5, 2), (8, 8, 3)]
    for seed, (height, width, channels) in enumerate(sizes):
        z = numbers(seed, [2, height, columns(width), 2, channels], 1)
        found.append({"image": [height, width, channels], "images": last(spectrum_images(z, height, width))})
    return found


def cut(x: torch.Tensor, row: int, column: int, rows: int, columns: int) -> torch.Tensor:
    """Returns a part; zeros where it reaches beyond the image."""
    height, width = x.shape[2:]
    x = F.pad(x, (64, 64, 64, 64))
    return x[:, :, row + 64 : row + 64 + rows, column + 64 : column + 64 + columns]


def toward_zero(number: int) -> int:
    """Returns half of a number, rounded towards zero."""
    return int(number / 2)


def moved(x: torch.Tensor, motion: dict) -> torch.Tensor:
    """Returns moved images."""
    height, width = x.shape[2:]
    border = [motion["border"]] * 4
    x = F.pad(x, border, mode="reflect") if motion["reflects"] else F.pad(x, border, value=motion["fill"])
    rows, columns = (size - motion["jitter"] for size in x.shape[2:])
    x = cut(x, *motion["offset"], rows, columns)
    size = [int(side * motion["scale"] + 1e-9) for side in (rows, columns)]
    x = F.interpolate(x, size=size, mode="bilinear", align_corners=False)
    if motion["degrees"] != 0:
        # Pixels as distances from the centre, in units of which the grid's corners are at ±1.
        c, s = np.cos(np.radians(motion["degrees"])), np.sin(np.radians(motion["degrees"]))
        y, x_ = np.meshgrid(*(np.arange(n) - (n - 1) / 2 for n in size), indexing="ij")
        grid = np.stack([(c * x_ - s * y) / ((size[1] - 1) / 2), (c * y + s * x_) / ((size[0] - 1) / 2)], -1)
        grid = torch.tensor(grid)[None].expand(x.shape[0], -1, -1, -1)
        x = F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=True)
    rows, columns = (side - motion["second_jitter"] for side in size)
    x = cut(x, *motion["second_offset"], rows, columns)
    return cut(x, toward_zero(rows - height), toward_zero(columns - width), height, width)


def motions() -> list[dict]:
    """Returns moved images of every kind."""
    names = ["border", "reflects", "fill", "jitter", "offset", "scale", "degrees", "second_jitter", "second_offset"]
    found = []
    for seed, (image, *values) in enumerate(
        [
            ([7, 8, 1], 2, True, 0, 4, [1, 3], 0.9, 0, 0, [0, 0]),
            ([7, 8, 1], 2, True, 0, 4, [4, 0], 1.1, 0, 0, [0, 0]),
            ([6, 6, 3], 2, True, 0, 4, [2, 2], 1, 0, 0, [0, 0]),
            ([7, 6, 2], 4, False, 0.5, 3, [0, 3], 0.94, 0, 2, [1, 2]),
            ([7, 6, 2], 4, False, 0.5, 3, [2, 1], 1.08, 9, 2, [2, 0]),
            ([9, 9, 1], 1, False, 0.5, 2, [1, 0], 0.8, -10, 2, [0, 1]),
        ]
    ):
        x = numbers(40 + seed, [2, *image], 1)
        motion = dict(zip(names, values))
        found.append({"image": image, **motion, "images": last(moved(x.permute(0, 3, 1, 2), motion))})
    return found


class Redirected(torch.autograd.Function):
    """ReLU whose gradient, where an example has none, pushes up what is negative."""

    @staticmethod
    def forward(ctx, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, gradient: torch.Tensor) -> torch.Tensor:
        (x,) = ctx.saved_tensors
        plain = gradient * (x > 0)
        redirected = torch.where((x < 0) & (gradient > 0), torch.zeros_like(gradient), gradient)
        silent = plain.flatten(1).abs().amax(1) == 0
        return torch.where(silent.reshape([-1] + [1] * (x.dim() - 1)), redirected, plain)


def trajectory(case: dict) -> dict:
    """Returns the scores of twenty steps and the last images."""
    seed, (height, width, channels) = case["seed"], case["image"]
    widths, fourier = case["widths"], case["parameterization"] == "fourier"
    convolutional = case["kind"] == "convolutions"
    shape = [height, columns(width), 2, channels] if fourier else [height, width, channels]
    z = numbers(seed, [len(case["units"]), *shape], 0.02).requires_grad_()
    weights, inputs = [], channels if convolutional else height * width * channels
    for index, outputs in enumerate(widths):
        kernel = [outputs, inputs] + ([3, 3] if convolutional else [])
        weights.append(
            (
                numbers(seed + 1 + 2 * index, kernel, 0.5),
                numbers(seed + 2 + 2 * index, [outputs], 0.5, case["bias_shift"]),
            )
        )
        inputs = outputs
    members = torch.zeros(len(case["units"]), widths[-1])
    for row, units in enumerate(case["units"]):
        members[row, units] = 1
    adam = torch.optim.Adam([z], lr=0.05)
    scores = []

    def images() -> torch.Tensor:
        return torch.sigmoid(spectrum_images(z, height, width) if fourier else z.permute(0, 3, 1, 2))

    for step in range(20):
        relu = Redirected.apply if step < case["redirected"] else torch.relu
        x = images() if convolutional else images().flatten(1)
        for index, (weight, bias) in enumerate(weights):
            if convolutional and index == 1:
                x = F.max_pool2d(x, 2)
            x = F.conv2d(x, weight, bias, padding=1) if convolutional else F.linear(x, weight, bias)
            if index < len(weights) - 1 or case["objective"] == "relu":
                x = relu(x)
        mean = x.mean((2, 3)) if convolutional else x
        score = ((mean.abs() if case["objective"] == "absolute" else mean) * members).sum(1)
        adam.zero_grad()
        (-score.sum()).backward()
        adam.step()
        scores.append(score.tolist())
    return {**case, "scores": scores, "images": last(images())}


def trajectories() -> list[dict]:
    """Returns steps of two kinds of networks, parameterisations and objectives."""
    names = ["seed", "kind", "image", "widths", "units", "parameterization", "objective", "redirected", "bias_shift"]
    # Some of the images of the second and the fourth case excite no unit at first.
    cases = [
        (100, "linear", [6, 6, 1], [8, 6], [[0, 1, 2], [3, 4], [5]], "pixel", "relu", 0, 0),
        (111, "linear", [6, 5, 3], [8, 6], [[0, 1, 2], [3, 5]], "fourier", "relu", 10, -0.6),
        (120, "convolutions", [8, 6, 1], [4, 5], [[0, 1], [2, 4]], "pixel", "absolute", 0, 0),
        (130, "convolutions", [6, 6, 3], [4, 5], [[0, 1], [2, 4]], "fourier", "relu", 6, -1.0),
    ]
    return [trajectory(dict(zip(names, case))) for case in cases]


if __name__ == "__main__":
    save(
        Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER,
        "features",
        torch=torch.__version__.partition("+")[0],
        spectra=spectra(),
        motions=motions(),
        trajectories=trajectories(),
    )
