"""Networks of PyTorch that imports do not read, for the messages that say so."""

import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from exported_networks import Recurrent
from exported_programs import shorten


class Model(nn.Module):
    """A network whose computation is a function."""

    def __init__(self, function: Callable[..., torch.Tensor], **layers: nn.Module) -> None:
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The function of the network and its input."""
        return self.function(self, x)


class Lower(Recurrent):
    """Classes from the state of a layer that is not the last."""

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Of the first layer."""
        return self.out(self.rnn(self.emb(tokens))[1][0][0])


def write(folder: Path) -> None:
    """Exports all of them."""
    torch.manual_seed(0)
    vector, image = torch.randn(2, 6), torch.randn(2, 3, 8, 8)
    mask = torch.triu(torch.full((5, 5), float("-inf")), 1)
    steps = torch.randn(2, 5, 8)
    fc, conv = nn.Linear(6, 6), nn.Conv2d(3, 4, 3)
    cases: dict[str, tuple[nn.Module, torch.Tensor]] = {
        "gru": (Model(lambda m, x: m.rnn(x)[0], rnn=nn.GRU(8, 4, batch_first=True)), steps),
        "leaky-relu": (nn.Sequential(fc, nn.LeakyReLU()), vector),
        "scaled": (Model(lambda m, x: m.fc(x) * 2, fc=fc), vector),
        "conv1d": (nn.Sequential(nn.Conv1d(5, 4, 3)), steps),
        "group-norm": (nn.Sequential(conv, nn.GroupNorm(2, 4)), image),
        "no-affine": (nn.Sequential(conv, nn.BatchNorm2d(4, affine=False)), image),
        "tanh-gelu": (nn.Sequential(fc, nn.GELU("tanh")), vector),
        "ceil-mode": (nn.Sequential(nn.MaxPool2d(3, 2, ceil_mode=True)), image),
        "adaptive-pooling": (nn.Sequential(nn.AdaptiveAvgPool2d(3)), image),
        "image-rows": (nn.Sequential(nn.Linear(8, 2)), image),
        "parameter-added": (Model(lambda m, x: x + m.p), vector),
        "masked-attention": (
            Model(
                lambda m, x: F.scaled_dot_product_attention(
                    m.fc(x), m.fc2(x), x, attn_mask=mask
                ),
                fc=nn.Linear(8, 8),
                fc2=nn.Linear(8, 8),
            ),
            steps,
        ),
        "attention-weights": (
            Model(lambda m, x: m.a(x, x, x)[0], a=nn.MultiheadAttention(8, 2, batch_first=True)),
            steps,
        ),
        "steps-first": (Model(lambda m, x: m.rnn(x)[0][-1], rnn=nn.LSTM(8, 4)), steps),
        "lower-state": (Lower(2, "last"), torch.randint(0, 11, (2, 5))),
        "no-lstm-bias": (
            Model(lambda m, x: m.rnn(x)[0], rnn=nn.LSTM(8, 4, bias=False, batch_first=True)),
            steps,
        ),
        "dense-skips": (
            Model(
                lambda m, x: m.c((a := m.a(x)) + (b := m.b(a + x))) + b,
                a=nn.Linear(6, 6),
                b=nn.Linear(6, 6),
                c=nn.Linear(6, 6),
            ),
            vector,
        ),
        "whole-numbers": (Model(lambda m, x: m.fc(x.float()), fc=fc), torch.ones(2, 6).long()),
        "scalar-output": (Model(lambda m, x: m.fc(x).squeeze(-1), fc=nn.Linear(6, 1)), vector),
    }
    cases["parameter-added"][0].register_parameter("p", nn.Parameter(torch.zeros(6)))
    for name, (model, example) in cases.items():
        path = folder / f"{name}.pt2"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.export.save(torch.export.export(model.eval(), (example,)), path)
        shorten(path)
