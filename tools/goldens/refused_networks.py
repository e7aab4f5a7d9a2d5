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


class Tokens(nn.Module):
    """A transformer's beginning: patches with a class token, learned positions, or both."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.emb = nn.Embedding(11, 8)
        self.pos = nn.Embedding(6, 8)
        self.cls = nn.Parameter(torch.zeros(1, 1, 8))
        self.out = nn.Linear(8, 3)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Classes from the mean of all steps."""
        x = self.emb(tokens)
        if self.kind == "positions":
            x = x + self.pos(torch.arange(tokens.shape[1]))
        else:
            x = torch.cat([self.cls.expand(tokens.shape[0], -1, -1), x], 1)
        return self.out(x.mean(1))


class Gated(nn.Module):
    """Squeeze and excitation."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 4, 1), nn.Sigmoid())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps times their gates."""
        x = self.conv(x)
        return x * self.gate(x)


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
        "depthwise": (nn.Sequential(conv, nn.Conv2d(4, 4, 3, groups=4), nn.ReLU()), image),
        "dilated": (nn.Sequential(nn.Conv2d(3, 4, 3, dilation=2)), image),
        "conv-transpose": (nn.Sequential(nn.ConvTranspose2d(3, 4, 2, stride=2)), image),
        "upsample": (nn.Sequential(conv, nn.Upsample(scale_factor=2)), image),
        "oblong-kernel": (nn.Sequential(nn.Conv2d(3, 4, (1, 3))), image),
        "relu6": (nn.Sequential(fc, nn.ReLU6()), vector),
        "hardswish": (nn.Sequential(fc, nn.Hardswish()), vector),
        "prelu": (nn.Sequential(fc, nn.PReLU()), vector),
        "glu": (nn.Sequential(fc, nn.GLU()), vector),
        "rnn": (Model(lambda m, x: m.rnn(x)[0], rnn=nn.RNN(8, 4, batch_first=True)), steps),
        "projected-lstm": (
            Model(lambda m, x: m.rnn(x)[0], rnn=nn.LSTM(8, 4, proj_size=2, batch_first=True)),
            steps,
        ),
        "instance-norm": (nn.Sequential(conv, nn.InstanceNorm2d(4)), image),
        "image-layer-norm": (nn.Sequential(conv, nn.LayerNorm([4, 6, 6])), image),
        "weight-norm": (
            nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(6, 6))),
            vector,
        ),
        "bag": (nn.Sequential(nn.EmbeddingBag(11, 8)), torch.randint(0, 11, (2, 5))),
        "learned-positions": (Tokens("positions"), torch.randint(0, 11, (2, 5))),
        "class-token": (Tokens("class"), torch.randint(0, 11, (2, 5))),
        "gates": (Gated(), image),
        "hand-made-attention": (
            Model(
                lambda m, x: torch.softmax(m.q(x) @ m.k(x).mT, -1) @ x,
                q=nn.Linear(8, 8),
                k=nn.Linear(8, 8),
            ),
            steps,
        ),
        "two-outputs": (Model(lambda m, x: (m.fc(x), x), fc=fc), vector),
        "normalised-inside": (Model(lambda m, x: m.fc((x - 0.5) / 0.25), fc=fc), vector),
        "scalar-output": (Model(lambda m, x: m.fc(x).squeeze(-1), fc=nn.Linear(6, 1)), vector),
    }
    cases["parameter-added"][0].register_parameter("p", nn.Parameter(torch.zeros(6)))
    for name, (model, example) in cases.items():
        path = folder / f"{name}.pt2"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.export.save(torch.export.export(model.eval(), (example,)), path)
        shorten(path)
