"""Layers on rows x[S, rows, inputs] of S samples of the mask; S is 1 where weights are trained."""
import torch
import torch.nn.functional as F

from .parameters import xavier


def linear(x, weight, bias=None):
    """x wᵀ + b; with samples of the weight [S, outputs, inputs] each multiplies its own rows."""
    if weight.dim() == 2:
        return F.linear(x, weight, bias)
    if bias is None:
        return torch.bmm(x, weight.transpose(1, 2))
    return torch.baddbmm(bias, x, weight.transpose(1, 2))


def add_lstm(parameters, name, inputs, units):
    parameters.add(f"{name}.ih", xavier(4 * units, inputs))
    parameters.add(f"{name}.hh", xavier(4 * units, units))
    bias = torch.zeros(4 * units)
    bias[units:2 * units] = 1
    parameters.add(f"{name}.bias", bias, has_mask=False)


def lstm_cell(projected, state, weight):
    """A step of long short-term memory; `projected` is x W_ihᵀ + b. Without a state, the one before is zero."""
    if state is None:
        gates = projected
    elif weight.dim() == 2:
        h, projected_rows = state[0].flatten(0, 1), projected.flatten(0, 1)
        gates = torch.addmm(projected_rows, h, weight.t()).view_as(projected)
    else:
        gates = torch.baddbmm(projected, state[0], weight.transpose(1, 2))
    i, f, z, o = gates.chunk(4, -1)
    c = torch.sigmoid(i) * torch.tanh(z)
    if state is not None:
        c = torch.addcmul(c, torch.sigmoid(f), state[1])
    return torch.sigmoid(o) * torch.tanh(c), c


def lstm_layer(values, name, projected, state=None):
    """All steps of a layer. `projected` has the rows of each step, of which there are ever fewer.

    Returns the steps' states and memories.
    """
    hidden, memory = [], []
    for x in projected:
        if state is not None and x.shape[1] < state[0].shape[1]:
            state = [part[:, :x.shape[1]] for part in state]
        state = lstm_cell(x, state, values[f"{name}.hh"])
        hidden.append(state[0])
        memory.append(state[1])
    return hidden, memory


def projection(values, name, x):
    """x W_ihᵀ + b of all steps' rows in one product."""
    return linear(x, values[f"{name}.ih"], values[f"{name}.bias"])
