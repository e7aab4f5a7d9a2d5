"""Tiny networks of PyTorch, one for every way of computing that imports read."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

#: Examples of every network.
INPUTS = 4


class ResidualBlock(nn.Module):
    """Two convolutions with a way around them, as torchvision's basic block."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = (
            nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )
            if stride > 1 or inputs != outputs
            else None
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Both ways, then ReLU."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += x if self.downsample is None else self.downsample(x)
        return self.relu(y)


class ResidualNetwork(nn.Module):
    """A small network of residual blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(ResidualBlock(4, 4, 1), ResidualBlock(4, 4, 1))
        self.layer2 = nn.Sequential(ResidualBlock(4, 6, 2), ResidualBlock(6, 6, 1))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(6, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Stem, blocks, mean, classifier."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.avgpool(self.layer2(self.layer1(x)))
        return self.fc(torch.flatten(x, 1))


class Concatenated(nn.Module):
    """Two convolutions side by side, whose channels are joined with those of their input."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 4, 1)
        self.b = nn.Conv2d(3, 5, 3, padding="same")
        self.last = nn.Linear(12 * 16, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Three ways."""
        x = torch.cat([x, F.silu(self.a(x)), torch.sigmoid(self.b(x))], dim=1)
        return self.last(x.reshape(x.shape[0], -1))


class Ways(nn.Module):
    """Sums within sums, of vectors, and a concatenation of features."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.inner = nn.Linear(6, 6), nn.Linear(6, 6)
        self.other, self.last = nn.Linear(6, 6), nn.Linear(12, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x, and two ways that part once more."""
        y = torch.tanh(self.first(x))
        y = x + (y + F.gelu(self.inner(y)))
        return self.last(torch.cat((self.other(y), y), -1))


class Recurrent(nn.Module):
    """Tokens, layers of LSTM, the last step."""

    def __init__(self, layers: int, ending: str, batch_first: bool = True) -> None:
        super().__init__()
        self.emb = nn.Embedding(11, 6)
        self.rnn = nn.LSTM(6, 7, layers, batch_first=batch_first, dropout=0.1 if layers > 1 else 0)
        self.out = nn.Linear(7, 3)
        self.ending, self.batch_first = ending, batch_first

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Classes of whole sequences, or of all steps."""
        x = self.emb(tokens)
        y, (h, _) = self.rnn(x if self.batch_first else x.transpose(0, 1))
        if not self.batch_first:
            y = y.transpose(0, 1)
        if self.ending == "state":
            return self.out(h[-1])
        if self.ending == "mean":
            return self.out(y.mean(dim=1))
        return self.out(y[:, -1] if self.ending == "last" else y)


class Attention(nn.Module):
    """Self-attention by hand: three projections, heads, a way around."""

    def __init__(self, packed: bool, causal: bool) -> None:
        super().__init__()
        self.packed, self.causal = packed, causal
        self.emb = nn.Embedding(9, 8)
        if packed:
            self.qkv = nn.Linear(8, 24)
        else:
            self.q, self.k, self.v = (nn.Linear(8, 8) for _ in range(3))
        self.proj, self.norm, self.out = nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 3)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """One block, then the mean over the steps."""
        x = self.emb(tokens)
        b, t, d = x.shape
        if self.packed:
            q, k, v = self.qkv(x).chunk(3, dim=-1)
        else:
            q, k, v = self.q(x), self.k(x), self.v(x)
        q, k, v = (y.view(b, t, 2, d // 2).transpose(1, 2) for y in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        x = self.norm(x + self.proj(y.transpose(1, 2).reshape(b, t, d)))
        return self.out(x.mean(dim=1))


class Encoder(nn.Module):
    """PyTorch's own encoder layers."""

    def __init__(self, norm_first: bool, activation: str) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            8, 2, 12, batch_first=True, norm_first=norm_first, activation=activation
        )
        self.enc = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(8, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Classes of the first steps."""
        return self.out(self.enc(x)[:, 0])


class Patches(nn.Module):
    """Patches of an image as steps of a sequence."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.block = nn.TransformerEncoderLayer(8, 4, 8, batch_first=True)
        self.out = nn.Linear(8, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The mean over the patches."""
        return self.out(self.block(self.patch(x).flatten(2).transpose(1, 2)).mean(1))


def lenet() -> nn.Module:
    """LeCun's network of two convolutions."""
    return nn.Sequential(
        nn.Conv2d(1, 4, 5, padding=2),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(4, 6, 5),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(24, 10),
        nn.Sigmoid(),
        nn.Linear(10, 10),
    )


def vgg() -> nn.Module:
    """Convolutions with batch normalisation, dropout, and adaptive pooling."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, padding=1, bias=False),
        nn.BatchNorm2d(6, eps=1e-3),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(24, 5),
    )


def perceptron(*ending: nn.Module) -> nn.Module:
    """Three linear layers."""
    return nn.Sequential(
        nn.Linear(7, 9), nn.ReLU(), nn.Linear(9, 8, bias=False), nn.ReLU(), nn.Linear(8, 4), *ending
    )


def normalized() -> nn.Module:
    """Vectors with batch and layer normalisation."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(12, 8), nn.BatchNorm1d(8), nn.SiLU(), nn.LayerNorm(8), nn.Linear(8, 3)
    )


class LogSoftmax(nn.Module):
    """The network of PyTorch's example for MNIST, smaller."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 4, 3, 1), nn.Conv2d(4, 4, 3, 1)
        self.dropout1, self.dropout2 = nn.Dropout(0.25), nn.Dropout(0.5)
        self.fc1, self.fc2 = nn.Linear(64, 8), nn.Linear(8, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logarithms of probabilities."""
        x = F.relu(self.conv2(F.relu(self.conv1(x))))
        x = torch.flatten(self.dropout1(F.max_pool2d(x, 2)), 1)
        x = self.dropout2(F.relu(self.fc1(x)))
        return F.log_softmax(self.fc2(x), dim=1)


def images(channels: int, side: int) -> torch.Tensor:
    """Images of random numbers."""
    return torch.randn(INPUTS, channels, side, side)


def tokens(kinds: int, steps: int = 5) -> torch.Tensor:
    """Sequences of random tokens."""
    return torch.randint(0, kinds, (INPUTS, steps))


NETWORKS: dict[str, Callable[[], tuple[nn.Module, torch.Tensor]]] = {
    "mlp": lambda: (perceptron(), torch.randn(INPUTS, 7)),
    "mlp-softmax": lambda: (perceptron(nn.Softmax(dim=-1)), torch.randn(INPUTS, 7)),
    "normalized": lambda: (normalized(), torch.randn(INPUTS, 3, 4)),
    "lenet": lambda: (lenet(), images(1, 16)),
    "vgg": lambda: (vgg(), images(3, 8)),
    "log-softmax": lambda: (LogSoftmax(), images(1, 12)),
    "resnet": lambda: (ResidualNetwork(), images(3, 12)),
    "concatenation": lambda: (Concatenated(), images(3, 4)),
    "ways": lambda: (Ways(), torch.randn(INPUTS, 6)),
    "lstm-last": lambda: (Recurrent(1, "last"), tokens(11)),
    "lstm-state": lambda: (Recurrent(2, "state"), tokens(11)),
    "lstm-mean": lambda: (Recurrent(1, "mean"), tokens(11)),
    "lstm-steps-first": lambda: (Recurrent(1, "last", batch_first=False), tokens(11)),
    "lstm-all": lambda: (Recurrent(1, "all"), tokens(11)),
    "attention": lambda: (Attention(False, False), tokens(9)),
    "attention-packed": lambda: (Attention(True, True), tokens(9)),
    "encoder": lambda: (Encoder(False, "relu"), torch.randn(INPUTS, 5, 8)),
    "encoder-norm-first": lambda: (Encoder(True, "gelu"), torch.randn(INPUTS, 5, 8)),
    "patches": lambda: (Patches(), images(3, 8)),
    "half": lambda: (perceptron().bfloat16(), torch.randn(INPUTS, 7).bfloat16()),
}
#: Networks that are exported for batches of any size.
DYNAMIC = {"vgg", "lstm-last", "attention-packed", "encoder"}
