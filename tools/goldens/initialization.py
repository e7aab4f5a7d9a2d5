"""Golden file of initial values: attention as the published code of Csordás et al. draws it."""

import torch

from golden_file import Tensors, as_array

NAME = "initialization"
WIDTHS = (24, 60)


def generate() -> tuple[Tensors, dict[str, str]]:
    """Returns the matrices of attention, keys above values, each D x D matrix drawn by itself."""
    torch.manual_seed(117)
    tensors: Tensors = {}
    for case, width in enumerate(WIDTHS):
        key_value = torch.empty(2 * width, width)
        query, merge = torch.empty(width, width), torch.empty(width, width)
        for matrix in (query, key_value[:width], key_value[width:], merge):
            torch.nn.init.xavier_uniform_(matrix)
        tensors |= {
            f"{case}/query": as_array(query),
            f"{case}/key_value": as_array(key_value),
            f"{case}/merge": as_array(merge),
        }
    return tensors, {}
