"""Names of layers: their order, and their labels on an axis."""

import re
from collections.abc import Sequence

#: The name of an LSTM's weights, with what they multiply and the number of the layer.
LSTM_WEIGHT = re.compile(r"weight_(ih|hh)_l(\d+)")


def natural_order(name: str) -> list[tuple[int, int, str]]:
    """Orders `layers.10` behind `layers.9`, an output layer behind all others, and the weights of an
    LSTM by layer, those of the input before those of the state."""
    name = LSTM_WEIGHT.sub(lambda match: f"{match[2]}{'ih'.find(match[1][0])}", name)
    parts = re.split(r"(\d+)", name)
    order = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]
    return [(int(name.startswith("output")), 0, ""), *order]


def layer_labels(layers: Sequence[str]) -> list[str]:
    """Returns axis labels: numbers from 1 for dense layers with the last called output; for an LSTM
    `input 1` for the weights from the first layer's input, `state 1` for those from its state."""
    if all(re.fullmatch(r"layers\.\d+\.weight", layer) for layer in layers):
        return [*(str(number + 1) for number in range(len(layers) - 1)), "output"]
    several = len({LSTM_WEIGHT.sub("", layer) for layer in layers if "lstm" in layer}) > 1
    labels = []
    for layer in layers:
        match = LSTM_WEIGHT.search(layer)
        if match is None:
            labels.append(layer.removesuffix(".weight"))
        else:
            part = f"{layer.split('.')[0]}\n" if several else ""
            kind = "input" if match[1] == "ih" else "state"
            labels.append(f"{part}{kind} {int(match[2]) + 1}")
    return labels
