"""Golden files of layers for sequences: LSTM, embedding, layer normalisation and attention.

Sequences of different lengths are stored without padding, element after element; PyTorch sees them
packed (LSTM) or padded and masked (attention). Precision as in `layers.py`.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn.functional import embedding
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence, pad_sequence

from golden_file import Tensors, as_array
from layers import leaf, normal
from networks import as_double, gradient_of

#: Lengths, inputs, units, layers, and whether the states before the first step are given.
LSTM_SHAPES = (
    ((1,), 1, 1, 1, True),
    ((3, 5, 1, 3), 6, 10, 2, False),
    ((2, 4, 4, 1, 7, 3), 17, 19, 2, True),
)

#: Tokens of the table, width, number of tokens looked up.
EMBEDDING_SHAPES = ((1, 1, 3), (7, 16, 40), (50, 9, 30))

#: Rows and columns.
LAYER_NORM_SHAPES = ((1, 2), (9, 16), (30, 100))

#: Lengths of queries and of keys (None: the queries themselves), width, heads, causal.
ATTENTION_SHAPES = (
    ((2,), None, 1, 1, False),
    ((3, 5, 1, 2), None, 12, 3, True),
    ((3, 1, 4), None, 20, 4, False),
    ((2, 4, 3), (5, 1, 2), 20, 4, False),
)
EPSILON = 1e-5

Lengths = Sequence[int]


def unpadded(padded: torch.Tensor, lengths: Lengths) -> torch.Tensor:
    """Joins the real steps of B x T x C, element after element."""
    return torch.cat([element[:length] for element, length in zip(padded, lengths)])


def layer_norm(
    values: torch.Tensor, scale: torch.Tensor, shift: torch.Tensor
) -> torch.Tensor:
    """Normalises rows by mean and unbiased standard deviation."""
    centred = values - values.mean(-1, keepdim=True)
    return centred / (values.std(-1, keepdim=True) + EPSILON) * scale + shift


def generate_lstm() -> tuple[Tensors, dict[str, str]]:
    """nn.LSTM of packed sequences: outputs, final states, and the gradients for given ones of both.

    The second bias vector, which modlab does not have, is zero.
    """
    random = np.random.default_rng(201)
    tensors: Tensors = {}
    for case, (lengths, inputs, units, layers, has_state) in enumerate(LSTM_SHAPES):
        module = torch.nn.LSTM(inputs, units, layers).double()
        parameters = {}
        for name, parameter in module.named_parameters():
            shape = tuple(parameter.shape)
            values = normal(random, shape, units**-0.5)
            if name.startswith("bias_hh"):
                values = np.zeros(shape, dtype=np.float32)
            else:
                parameters[name] = (values, parameter)
            parameter.data.copy_(as_double(values))
        values = normal(random, (sum(lengths), inputs))
        x = leaf(values)
        states = {name: normal(random, (layers, len(lengths), units)) for name in ("h0", "c0")}
        leaves = {name: leaf(array) for name, array in states.items()}
        given = (leaves["h0"], leaves["c0"]) if has_state else None
        packed, final = module(pack_sequence(x.split(lengths), enforce_sorted=False), given)
        padded, _ = pad_packed_sequence(packed, batch_first=True)
        hidden = unpadded(padded, lengths)
        outputs = {"y": hidden, "h": final[0], "c": final[1]}
        slopes = {name: normal(random, tuple(value.shape)) for name, value in outputs.items()}
        torch.autograd.backward(
            list(outputs.values()), [as_double(slopes[name]) for name in outputs]
        )
        found: Tensors = {
            "lengths": np.array(lengths),
            "sizes": np.array((inputs, units, layers)),
            "x": values,
            "gradient/x": gradient_of(x),
        }
        for name, (array, parameter) in parameters.items():
            found[f"parameter/{name}"] = array
            found[f"gradient/{name}"] = gradient_of(parameter)
        for name, value in outputs.items():
            found[f"output/{name}"] = as_array(value)
            found[f"slope/{name}"] = slopes[name]
        if has_state:
            found |= {f"state/{name}": array for name, array in states.items()}
            found |= {f"gradient/{name}": gradient_of(tensor) for name, tensor in leaves.items()}
        tensors |= {f"{case}/{name}": array for name, array in found.items()}
    return tensors, {}


def generate_embedding() -> tuple[Tensors, dict[str, str]]:
    """Rows of a table, and the table's gradient where tokens repeat."""
    random = np.random.default_rng(202)
    tensors: Tensors = {}
    for case, (vocabulary, width, count) in enumerate(EMBEDDING_SHAPES):
        table = normal(random, (vocabulary, width))
        tokens = random.integers(0, vocabulary, count)
        slope = normal(random, (count, width))
        weight = leaf(table)
        output = embedding(torch.from_numpy(tokens), weight)
        output.backward(as_double(slope))
        tensors[f"{case}/table"] = table
        tensors[f"{case}/tokens"] = tokens
        tensors[f"{case}/dy"] = slope
        tensors[f"{case}/y"] = as_array(output)
        tensors[f"{case}/dtable"] = gradient_of(weight)
    return tensors, {}


def generate_layer_norm() -> tuple[Tensors, dict[str, str]]:
    """Layer normalisation with the unbiased standard deviation."""
    random = np.random.default_rng(203)
    tensors: Tensors = {}
    for case, (rows, columns) in enumerate(LAYER_NORM_SHAPES):
        given = {
            "x": normal(random, (rows, columns)) + 1,
            "scale": normal(random, (columns,)),
            "shift": normal(random, (columns,)),
        }
        slope = normal(random, (rows, columns))
        leaves = {name: leaf(array) for name, array in given.items()}
        output = layer_norm(leaves["x"], leaves["scale"], leaves["shift"])
        output.backward(as_double(slope))
        expected = {"y": as_array(output)}
        expected |= {f"d{name}": gradient_of(tensor) for name, tensor in leaves.items()}
        given["dy"] = slope
        tensors |= {f"{case}/{name}": array for name, array in (given | expected).items()}
    return tensors, {}


def generate_attention() -> tuple[Tensors, dict[str, str]]:
    """nn.MultiheadAttention without biases, of padded sequences with masks."""
    random = np.random.default_rng(204)
    tensors: Tensors = {}
    for case, (lengths, others, width, heads, causal) in enumerate(ATTENTION_SHAPES):
        memory_lengths = others or lengths
        module = torch.nn.MultiheadAttention(width, heads, bias=False, batch_first=True).double()
        weights = {
            "in_proj_weight": normal(random, (3 * width, width), width**-0.5),
            "out_proj.weight": normal(random, (width, width), width**-0.5),
        }
        parameters = dict(module.named_parameters())
        for name, array in weights.items():
            parameters[name].data.copy_(as_double(array))
        values = normal(random, (sum(lengths), width))
        memory_values = normal(random, (sum(memory_lengths), width))
        x = leaf(values)
        memory = leaf(memory_values) if others else x
        queries = pad_sequence(x.split(lengths), batch_first=True)
        keys = pad_sequence(memory.split(memory_lengths), batch_first=True)
        longest = keys.shape[1]
        padding = torch.arange(longest) >= torch.tensor(memory_lengths)[:, None]
        future = torch.ones(queries.shape[1], longest, dtype=torch.bool).triu(1) if causal else None
        padded, _ = module(
            queries, keys, keys, key_padding_mask=padding, attn_mask=future, need_weights=False
        )
        output = unpadded(padded, lengths)
        slope = normal(random, tuple(output.shape))
        output.backward(as_double(slope))
        found: Tensors = {
            "lengths": np.array(lengths),
            "memory_lengths": np.array(others or (), dtype=np.int64),
            "heads": np.array(heads),
            "causal": np.array(int(causal)),
            "x": values,
            "dy": slope,
            "y": as_array(output),
            "gradient/x": gradient_of(x),
        }
        if others:
            found |= {"memory": memory_values, "gradient/memory": gradient_of(memory)}
        joint = gradient_of(parameters["in_proj_weight"])
        for name, array, gradient in (
            ("query", weights["in_proj_weight"][:width], joint[:width]),
            ("key_value", weights["in_proj_weight"][width:], joint[width:]),
            ("merge", weights["out_proj.weight"], gradient_of(parameters["out_proj.weight"])),
        ):
            found[f"parameter/{name}"] = array
            found[f"gradient/{name}"] = gradient
        tensors |= {f"{case}/{name}": array for name, array in found.items()}
    return tensors, {}
