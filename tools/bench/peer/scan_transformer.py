"""SCAN with a Transformer of 3 + 3 layers, normalised after every sublayer.

Everything but attention is computed on the rows of tokens, one after the other; attention needs sequences of equal
length.
"""
import math

import torch
import torch.nn.functional as F

from .commands import INPUT_TOKENS, LONGEST_INPUT, LONGEST_OUTPUT, OUTPUT_TOKENS, all_lengths
from .layers import linear
from .parameters import Parameters, Task, classes, xavier

WIDTH, HEADS, HIDDEN, LAYERS, DROPOUT = 100, 4, 200, 3, 0.1


def add_layer(parameters, name, attentions):
    for attention in attentions:
        parameters.add(f"{name}.{attention}.q", xavier(WIDTH, WIDTH))
        parameters.add(f"{name}.{attention}.kv", xavier(2 * WIDTH, WIDTH))
        parameters.add(f"{name}.{attention}.o", xavier(WIDTH, WIDTH))
    for number, (outputs, inputs) in enumerate([(HIDDEN, WIDTH), (WIDTH, HIDDEN)]):
        parameters.add(f"{name}.f{number}.w", xavier(outputs, inputs))
        parameters.add(f"{name}.f{number}.b", torch.zeros(outputs), has_mask=False)
    for number in range(len(attentions) + 1):
        parameters.add(f"{name}.n{number}.g", torch.ones(WIDTH))
        parameters.add(f"{name}.n{number}.b", torch.zeros(WIDTH))


def scan_transformer(setting):
    parameters = Parameters()
    for part, tokens in (("e", INPUT_TOKENS + 1), ("d", OUTPUT_TOKENS + 1)):
        parameters.add(f"{part}.emb", torch.randn(tokens, WIDTH), has_mask=False)
    for number in range(LAYERS):
        add_layer(parameters, f"e{number}", ["own"])
        add_layer(parameters, f"d{number}", ["own", "memory"])
    parameters.add("out.w", xavier(OUTPUT_TOKENS + 1, WIDTH))
    parameters.add("out.b", torch.zeros(OUTPUT_TOKENS + 1), has_mask=False)
    rate = 0.0 if setting.is_mask else DROPOUT

    def drop(x):
        return F.dropout(x, rate) if rate else x

    def norm(x, scale, shift):
        if scale.dim() == 1:
            return F.layer_norm(x, (WIDTH,), scale, shift)
        return torch.addcmul(shift.unsqueeze(1), F.layer_norm(x, (WIDTH,)), scale.unsqueeze(1))

    def attend(values, name, x, queries, memory, keys, mask):
        """Attention of rows x at the places `queries` to rows `memory` at the places `keys`."""
        parts = queries.spread(linear(x, values[f"{name}.q"])), keys.spread(linear(memory, values[f"{name}.kv"]))
        q = parts[0].unflatten(-1, (HEADS, -1)).transpose(1, 2)
        k, v = parts[1].unflatten(-1, (2, HEADS, -1)).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None, dropout_p=rate)
        return linear(queries.gather(y.transpose(1, 2).flatten(2)), values[f"{name}.o"])

    def add_and_norm(values, name, number, x, y):
        return norm(x + drop(y), values[f"{name}.n{number}.g"], values[f"{name}.n{number}.b"])

    def feed_forward(values, name, x):
        hidden = F.relu(linear(x, values[f"{name}.f0.w"], values[f"{name}.f0.b"]), inplace=True)
        return linear(drop(hidden), values[f"{name}.f1.w"], values[f"{name}.f1.b"])

    def loss(values, batch):
        inputs, outputs, mask = batch["input_places"], batch["output_places"], batch["mask"]
        x = drop(F.embedding(batch["inputs"], values["e.emb"]) + batch["input_positions"])
        for number in range(LAYERS):
            name = f"e{number}"
            x = add_and_norm(values, name, 0, x, attend(values, f"{name}.own", x, inputs, x, inputs, mask))
            x = add_and_norm(values, name, 1, x, feed_forward(values, name, x))
        y = drop(F.embedding(batch["outputs"], values["d.emb"]) + batch["output_positions"])
        for number in range(LAYERS):
            name = f"d{number}"
            y = add_and_norm(values, name, 0, y, attend(values, f"{name}.own", y, outputs, y, outputs, None))
            y = add_and_norm(values, name, 1, y, attend(values, f"{name}.memory", y, outputs, x, inputs, mask))
            y = add_and_norm(values, name, 2, y, feed_forward(values, name, y))
        logits = linear(y, values["out.w"], values["out.b"])
        losses = F.cross_entropy(logits.flatten(0, 1), batch["targets"], reduction="none")
        return torch.dot(losses, batch["weights"]) / setting.batch

    batches = [(batch_of(setting, *drawn, alike),) for drawn, alike in all_lengths(setting)]
    return Task(parameters, loss, batches, beta=6e-4, clip=5.0)


class Places:
    """Where the tokens of a batch lie: as rows [S, rows] without padding, and as sequences [batch, steps]."""

    def __init__(self, lengths, rows, steps):
        samples, group = lengths.shape
        present = torch.arange(steps) < lengths.unsqueeze(-1)
        self.shape = samples, rows
        #: For every row its place among the sequences; rows that are too many repeat the first place.
        self.places = torch.zeros(samples, rows, dtype=torch.long)
        #: For every place its row; places that are too many repeat the group's first row.
        self.rows = (torch.arange(samples) * rows).repeat_interleave(group * steps)
        #: The steps of the rows, and which rows are tokens.
        self.steps = torch.zeros(samples, rows, dtype=torch.long)
        self.is_token = torch.zeros(samples, rows, dtype=torch.bool)
        for sample in range(samples):
            own = present[sample].flatten().nonzero().flatten()
            places = sample * group * steps + own
            self.places[sample, :len(own)] = places
            self.steps[sample, :len(own)] = own % steps
            self.is_token[sample, :len(own)] = True
            self.rows[places] = sample * rows + torch.arange(len(own))
        self.places = self.places.flatten()
        self.sequences = samples * group, steps

    def spread(self, x):
        """[S, rows, columns] to [batch, steps, columns]."""
        return x.flatten(0, 1).index_select(0, self.rows).view(*self.sequences, -1)

    def gather(self, x):
        """[batch, steps, columns] to [S, rows, columns]."""
        return x.flatten(0, 1).index_select(0, self.places).view(*self.shape, -1)


def positions(steps):
    """Sinusoids of the steps."""
    angles = steps.unsqueeze(-1) * torch.exp(torch.arange(0, WIDTH, 2) * (-math.log(1e4) / WIDTH))
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(-2)


def batch_of(setting, inputs, outputs, alike):
    def places(lengths, of_batches, steps):
        return Places(lengths, max(int(one.sum(1).max()) for one in of_batches), steps)
    input_places = places(inputs, [one for one, _ in alike], LONGEST_INPUT + 1)
    output_places = places(outputs, [one for _, one in alike], LONGEST_OUTPUT + 1)
    mask = torch.zeros(setting.batch, 1, 1, LONGEST_INPUT + 1)
    mask.masked_fill_((torch.arange(LONGEST_INPUT + 1) >= inputs.view(-1, 1))[:, None, None], -math.inf)
    return {
        "inputs": torch.randint(0, INPUT_TOKENS + 1, input_places.shape),
        "input_places": input_places, "input_positions": positions(input_places.steps),
        "outputs": torch.randint(0, OUTPUT_TOKENS + 1, output_places.shape),
        "output_places": output_places, "output_positions": positions(output_places.steps),
        "mask": mask,
        "targets": classes(output_places.is_token.numel(), OUTPUT_TOKENS + 1),
        "weights": output_places.is_token.flatten().float(),
    }
