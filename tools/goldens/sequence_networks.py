"""Sequence networks in PyTorch, their weights and their data, for the goldens of their training.

The LSTM networks are built from nn.LSTM with packed sequences, the Transformers written out with
padding and masks. Neither has dropout. The loss is the cross-entropy of all tokens and end marks,
summed and divided by the batch size.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import (
    cross_entropy,
    embedding,
    linear,
    relu,
    scaled_dot_product_attention,
)
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence, pad_sequence

from golden_file import Array, Tensors
from sequence_layers import layer_norm, unpadded

BATCH = 10
INPUT_TOKENS, OUTPUT_TOKENS = 5, 4
LONGEST_INPUT, LONGEST_OUTPUT = 5, 7

#: Smallest lead of the most probable token over the second in a greedy decoding: below it, rounding
#: could decide what the decoder sees next.
MARGIN = 1e-4

Parameters = dict[str, torch.Tensor]
Sequences = list[Array]
Batch = tuple[Sequences, Sequences]


def draw_batch(random: np.random.Generator, output_tokens: int) -> Batch:
    """Draws inputs and outputs of different lengths, empty ones among them."""

    def draw(tokens: int, longest: int) -> Sequences:
        lengths = random.integers(0, longest + 1, BATCH)
        return [random.integers(0, tokens, length) for length in lengths]

    return draw(INPUT_TOKENS, LONGEST_INPUT), draw(output_tokens, LONGEST_OUTPUT)


def ended(sequences: Sequences, mark: int) -> list[torch.Tensor]:
    """Appends the end mark to every sequence."""
    return [torch.from_numpy(np.append(tokens, mark)) for tokens in sequences]


def begun(sequences: Sequences, mark: int) -> list[torch.Tensor]:
    """Puts the mark before every sequence."""
    return [torch.from_numpy(np.append([mark], tokens)) for tokens in sequences]


def token_loss(logits: torch.Tensor, targets: list[torch.Tensor]) -> torch.Tensor:
    """Sums the cross-entropy of unpadded rows and divides by the number of sequences."""
    return cross_entropy(logits, torch.cat(targets), reduction="sum") / len(targets)


# --- LSTM


@dataclass(frozen=True)
class LSTMSizes:
    """Width of the embeddings, units and layers."""

    embedding: int = 6
    units: int = 14
    layers: int = 2


class EncoderDecoder:
    """Two LSTMs, the second of which starts from the final states of the first."""

    def __init__(self, sizes: LSTMSizes, weights: Tensors, kind: torch.dtype) -> None:
        self.parameters: Parameters = {
            name: torch.from_numpy(array).to(kind, copy=True).requires_grad_()
            for name, array in weights.items()
        }
        self.modules = {}
        for part in ("encoder", "decoder"):
            module = torch.nn.LSTM(sizes.embedding, sizes.units, sizes.layers).to(kind)
            for name, parameter in list(module.named_parameters()):
                if name.startswith("bias_hh"):
                    parameter.data.zero_()
                    parameter.requires_grad_(False)
                else:
                    parameter.data.copy_(self.parameters[f"{part}.lstm.{name}"])
                    self.parameters[f"{part}.lstm.{name}"] = parameter
            self.modules[part] = module

    def run(self, part: str, sequences: list[torch.Tensor], state: object = None) -> tuple:
        """Returns the outputs of all steps, element after element, and the final states."""
        table = self.parameters[f"{part}.embedding.weight"]
        packed = pack_sequence([embedding(s, table) for s in sequences], enforce_sorted=False)
        outputs, final = self.modules[part](packed, state)
        padded, lengths = pad_packed_sequence(outputs, batch_first=True)
        return unpadded(padded, lengths.tolist()), final

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Maps the decoder's outputs to tokens."""
        weight = self.parameters["decoder.output.weight"]
        return linear(hidden, weight, self.parameters["decoder.output.bias"])

    def own_tokens(self, state: object, lengths: list[int]) -> Sequences:
        """Decodes greedily for the given numbers of steps."""
        with torch.no_grad():
            tokens = torch.full((len(lengths),), OUTPUT_TOKENS)
            chosen = []
            for step in range(max(lengths)):
                hidden, state = self.run("decoder", list(tokens[:, None].unbind()), state)
                scores = self.logits(hidden)
                best = scores.topk(2).values
                lead = (best[:, 0] - best[:, 1])[torch.tensor(lengths) > step].min()
                if lead < MARGIN:
                    raise ValueError(f"the most probable token leads by {lead:.1e} only")
                tokens = scores.argmax(-1)
                chosen.append(tokens)
        steps = torch.stack(chosen, 1).numpy()
        return [row[:length] for row, length in zip(steps, lengths)]

    def loss(self, batch: Batch, feeds_own: bool) -> torch.Tensor:
        """The loss with the right tokens or the network's own ones as the decoder's inputs."""
        inputs, outputs = batch
        _, state = self.run("encoder", ended(inputs, INPUT_TOKENS))
        fed = outputs
        if feeds_own:
            fed = self.own_tokens(state, [len(tokens) for tokens in outputs])
        hidden, _ = self.run("decoder", begun(fed, OUTPUT_TOKENS), state)
        return token_loss(self.logits(hidden), ended(outputs, OUTPUT_TOKENS))


def lstm_weights(sizes: LSTMSizes, random: np.random.Generator) -> Tensors:
    """Draws initial weights."""
    shapes: dict[str, tuple[int, ...]] = {}
    for part, tokens in (("encoder", INPUT_TOKENS), ("decoder", OUTPUT_TOKENS)):
        shapes[f"{part}.embedding.weight"] = (tokens + 1, sizes.embedding)
        for layer in range(sizes.layers):
            inputs = sizes.units if layer else sizes.embedding
            shapes[f"{part}.lstm.weight_ih_l{layer}"] = (4 * sizes.units, inputs)
            shapes[f"{part}.lstm.weight_hh_l{layer}"] = (4 * sizes.units, sizes.units)
            shapes[f"{part}.lstm.bias_ih_l{layer}"] = (4 * sizes.units,)
    shapes["decoder.output.weight"] = (OUTPUT_TOKENS + 1, sizes.units)
    shapes["decoder.output.bias"] = (OUTPUT_TOKENS + 1,)
    return draw_weights(shapes, random)


def draw_weights(shapes: dict[str, tuple[int, ...]], random: np.random.Generator) -> Tensors:
    """Draws matrices from N(0, 1/columns), tables from N(0, 1) and small vectors."""
    weights: Tensors = {}
    for name, shape in shapes.items():
        scale = 0.1 if len(shape) == 1 else 1 if "embedding" in name else shape[1] ** -0.5
        values = random.standard_normal(shape) * scale
        if "norm" in name and name.endswith("weight"):
            values += 1
        weights[name] = values.astype(np.float32)
    return weights


# --- Transformer


@dataclass(frozen=True)
class TransformerSizes:
    """Width, heads, units of the linear layers, layers of encoder and decoder, and tied tables."""

    tied: bool
    width: int = 12
    heads: int = 3
    hidden: int = 18
    layers: int = 2


def transformer_weights(sizes: TransformerSizes, random: np.random.Generator) -> Tensors:
    """Draws initial weights."""
    width = sizes.width
    shapes: dict[str, tuple[int, ...]] = {}
    if sizes.tied:
        shapes["embedding.weight"] = (INPUT_TOKENS + 1, width)
    else:
        shapes["input_embedding.weight"] = (INPUT_TOKENS + 1, width)
        shapes["output_embedding.weight"] = (OUTPUT_TOKENS + 1, width)
        shapes["output.weight"] = (OUTPUT_TOKENS + 1, width)
        shapes["output.bias"] = (OUTPUT_TOKENS + 1,)
    parts = {"encoder": ("self_attn",), "decoder": ("self_attn", "multihead_attn")}
    for part, attentions in parts.items():
        for layer in range(sizes.layers):
            name = f"{part}.layers.{layer}"
            for attention in attentions:
                shapes[f"{name}.{attention}.query.weight"] = (width, width)
                shapes[f"{name}.{attention}.key_value.weight"] = (2 * width, width)
                shapes[f"{name}.{attention}.merge.weight"] = (width, width)
            shapes[f"{name}.linear1.weight"] = (sizes.hidden, width)
            shapes[f"{name}.linear1.bias"] = (sizes.hidden,)
            shapes[f"{name}.linear2.weight"] = (width, sizes.hidden)
            shapes[f"{name}.linear2.bias"] = (width,)
            for norm in range(1, len(attentions) + 2):
                shapes[f"{name}.norm{norm}.weight"] = (width,)
                shapes[f"{name}.norm{norm}.bias"] = (width,)
    return draw_weights(shapes, random)


class Transformer:
    """Encoder and decoder, normalised after every sublayer, on padded sequences."""

    def __init__(self, sizes: TransformerSizes, weights: Tensors, kind: torch.dtype) -> None:
        self.sizes = sizes
        self.kind = kind
        self.parameters: Parameters = {
            name: torch.from_numpy(array).to(kind, copy=True).requires_grad_()
            for name, array in weights.items()
        }
        self.output_mark = INPUT_TOKENS if sizes.tied else OUTPUT_TOKENS

    def embed(self, sequences: list[torch.Tensor], side: str) -> torch.Tensor:
        """Token vectors plus sinusoidal positions, padded."""
        name = "embedding.weight" if self.sizes.tied else f"{side}_embedding.weight"
        vectors = pad_sequence([embedding(s, self.parameters[name]) for s in sequences], True)
        width = self.sizes.width
        positions = torch.arange(vectors.shape[1], dtype=torch.float64)[:, None]
        angles = positions * 10_000 ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
        places = torch.stack((angles.sin(), angles.cos()), -1).flatten(1)[:, :width]
        return vectors + places.to(self.kind)

    def attend(
        self, name: str, x: torch.Tensor, memory: torch.Tensor, seen: torch.Tensor
    ) -> torch.Tensor:
        """Multi-head attention; `seen` says which keys each query may use."""

        def heads(values: torch.Tensor) -> torch.Tensor:
            return values.unflatten(-1, (self.sizes.heads, -1)).transpose(1, 2)

        queries = linear(x, self.parameters[f"{name}.query.weight"])
        keys, values = linear(memory, self.parameters[f"{name}.key_value.weight"]).chunk(2, -1)
        answer = scaled_dot_product_attention(
            heads(queries), heads(keys), heads(values), attn_mask=seen[:, None]
        )
        merged = answer.transpose(1, 2).flatten(2)
        return linear(merged, self.parameters[f"{name}.merge.weight"])

    def add_and_norm(self, name: str, x: torch.Tensor, sublayer: torch.Tensor) -> torch.Tensor:
        """Normalises the sum of a sublayer and its input."""
        scale, shift = self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"]
        return layer_norm(x + sublayer, scale, shift)

    def feed_forward(self, name: str, x: torch.Tensor) -> torch.Tensor:
        """Two linear layers with a rectifier between them."""
        p = self.parameters
        hidden = relu(linear(x, p[f"{name}.linear1.weight"], p[f"{name}.linear1.bias"]))
        return linear(hidden, p[f"{name}.linear2.weight"], p[f"{name}.linear2.bias"])

    def loss(self, batch: Batch, _feeds_own: bool) -> torch.Tensor:
        """The loss with the right tokens as the decoder's inputs."""
        sources = ended(batch[0], INPUT_TOKENS)
        targets = ended(batch[1], self.output_mark)
        real = pad_sequence([torch.ones_like(s, dtype=torch.bool) for s in sources], True)[:, None]
        x = self.embed(sources, "input")
        for layer in range(self.sizes.layers):
            name = f"encoder.layers.{layer}"
            x = self.add_and_norm(
                f"{name}.norm1", x, self.attend(f"{name}.self_attn", x, x, real)
            )
            x = self.add_and_norm(f"{name}.norm2", x, self.feed_forward(name, x))
        y = self.embed(begun(batch[1], self.output_mark), "output")
        past = torch.ones(1, y.shape[1], y.shape[1], dtype=torch.bool).tril()
        for layer in range(self.sizes.layers):
            name = f"decoder.layers.{layer}"
            y = self.add_and_norm(
                f"{name}.norm1", y, self.attend(f"{name}.self_attn", y, y, past)
            )
            y = self.add_and_norm(
                f"{name}.norm2", y, self.attend(f"{name}.multihead_attn", y, x, real)
            )
            y = self.add_and_norm(f"{name}.norm3", y, self.feed_forward(name, y))
        rows = unpadded(y, [len(target) for target in targets])
        p = self.parameters
        if self.sizes.tied:
            logits = linear(rows, p["embedding.weight"]) * self.sizes.width**-0.5
        else:
            logits = linear(rows, p["output.weight"], p["output.bias"])
        return token_loss(logits, targets)
