"""Golden files of sequence networks in training: 20 losses from equal weights and batches.

Every second step feeds the LSTM network's decoder with its own most probable tokens.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch.nn.utils import clip_grad_norm_
from torch.optim import Adam

from golden_file import Array, Tensors, as_array
from sequence_networks import (
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    Batch,
    EncoderDecoder,
    LSTMSizes,
    Transformer,
    TransformerSizes,
    draw_batch,
    lstm_weights,
    transformer_weights,
)

STEPS = 20
LEARNING_RATE = 3e-3
MAXIMUM_NORM = 5.0


def train(
    build: Callable[[torch.dtype], EncoderDecoder | Transformer],
    batches: list[Batch],
    kind: torch.dtype,
) -> tuple[Array, Array, Tensors]:
    """Takes one step for every batch; returns losses, norms before clipping and final weights."""
    network = build(kind)
    optimizer = Adam(network.parameters.values(), lr=LEARNING_RATE)
    losses, norms = [], []
    for step, batch in enumerate(batches):
        optimizer.zero_grad()
        loss = network.loss(batch, step % 2 == 1)
        loss.backward()
        norms.append(as_array(clip_grad_norm_(network.parameters.values(), MAXIMUM_NORM)))
        optimizer.step()
        losses.append(as_array(loss))
    final = {name: as_array(parameter) for name, parameter in network.parameters.items()}
    return np.stack(losses), np.stack(norms), final


def record(
    weights: Tensors,
    sizes: tuple[int, ...],
    batches: list[Batch],
    build: Callable[[torch.dtype], EncoderDecoder | Transformer],
) -> Tensors:
    """Returns weights, batches, losses in both precisions and the weights at the end."""
    tensors: Tensors = {"sizes": np.array(sizes), "maximum_norm": np.array(MAXIMUM_NORM)}
    for side in (0, 1):
        sequences = [tokens for batch in batches for tokens in batch[side]]
        name = ("inputs", "outputs")[side]
        tensors[f"{name}/tokens"] = np.concatenate(sequences).astype(np.uint8)
        tensors[f"{name}/lengths"] = np.array([len(s) for s in sequences], dtype=np.uint8)
    single, _, _ = train(build, batches, torch.float32)
    losses, norms, final = train(build, batches, torch.float64)
    tensors |= {"loss": losses, "loss_single": single, "norm": norms}
    for name, array in weights.items():
        tensors[f"start/{name}"] = array
        tensors[f"final/{name}"] = final[name].astype(np.float32)
    return tensors


def generate_lstm() -> tuple[Tensors, dict[str, str]]:
    """The encoder-decoder LSTM."""
    random = np.random.default_rng(211)
    sizes = LSTMSizes()
    weights = lstm_weights(sizes, random)
    batches = [draw_batch(random, OUTPUT_TOKENS) for _ in range(STEPS)]
    tensors = record(
        weights,
        (INPUT_TOKENS, OUTPUT_TOKENS, sizes.embedding, sizes.units, sizes.layers),
        batches,
        lambda kind: EncoderDecoder(sizes, weights, kind),
    )
    return tensors, {}


def generate_transformer() -> tuple[Tensors, dict[str, str]]:
    """The Transformer with tables of its own for inputs and outputs, and with one tied table."""
    random = np.random.default_rng(212)
    tensors: Tensors = {}
    for case, tied in enumerate((False, True)):
        sizes = TransformerSizes(tied)
        weights = transformer_weights(sizes, random)
        output_tokens = INPUT_TOKENS if tied else OUTPUT_TOKENS
        batches = [draw_batch(random, output_tokens) for _ in range(STEPS)]
        numbers = (
            INPUT_TOKENS, output_tokens, sizes.width, sizes.heads, sizes.hidden, sizes.layers,
            int(tied),
        )  # fmt: skip
        found = record(
            weights, numbers, batches, lambda kind: Transformer(sizes, weights, kind)
        )
        tensors |= {f"{case}/{name}": array for name, array in found.items()}
    return tensors, {}
