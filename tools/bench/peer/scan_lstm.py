"""SCAN with an LSTM encoder and decoder; every other step the decoder is fed its own tokens."""
import torch
import torch.nn.functional as F

from .commands import INPUT_TOKENS, OUTPUT_TOKENS, all_lengths, is_present, rows_by_step
from .layers import add_lstm, linear, lstm_cell, lstm_layer, projection
from .parameters import Parameters, Task, classes, xavier

UNITS, WIDTH, DROPOUT = 200, 16, 0.5


def scan_lstm(setting):
    parameters = Parameters()
    for part, tokens in (("e", INPUT_TOKENS + 1), ("d", OUTPUT_TOKENS + 1)):
        parameters.add(f"{part}.emb", torch.randn(tokens, WIDTH), has_mask=False)
        add_lstm(parameters, f"{part}0", WIDTH, UNITS)
        add_lstm(parameters, f"{part}1", UNITS, UNITS)
    parameters.add("out.w", xavier(OUTPUT_TOKENS + 1, UNITS))
    parameters.add("out.b", torch.zeros(OUTPUT_TOKENS + 1), has_mask=False)

    def drop(x):
        return x if setting.is_mask else F.dropout(x, DROPOUT)

    def layers(values, part, x, counts, states):
        """Both layers over the steps' rows; returns the second one's states, and for each its states and memories."""
        found = []
        for number in range(2):
            projected = projection(values, f"{part}{number}", drop(x)).split(counts, 1)
            hidden, memory = lstm_layer(values, f"{part}{number}", projected, states[number])
            x = torch.cat(hidden, 1)
            found.append((x, torch.cat(memory, 1)))
        return x, found

    def encode(values, batch):
        x = F.embedding(batch["inputs"], values["e.emb"])
        _, found = layers(values, "e", x, batch["input_rows"], [None, None])
        # The states after the last token of each element, in the order of the decoder's rows.
        return [
            [part.flatten(0, 1).index_select(0, batch["last"]).view(setting.samples, setting.group, UNITS)
             for part in state] for state in found]

    def fed_own(values, batch, states):
        """Logits by step, of a decoder whose inputs are its own most probable tokens."""
        token, logits = batch["outputs"][:, :batch["output_rows"][0]], []
        for count in batch["output_rows"]:
            x = F.embedding(token[:, :count], values["d.emb"])
            for number in range(2):
                state = [part[:, :count] for part in states[number]]
                projected = projection(values, f"d{number}", drop(x))
                states[number] = lstm_cell(projected, state, values[f"d{number}.hh"])
                x = states[number][0]
            logits.append(linear(x, values["out.w"], values["out.b"]))
            token = logits[-1].argmax(-1)
        return torch.cat(logits, 1)

    def loss(values, batch):
        states = encode(values, batch)
        if batch["is_fed_own"]:
            logits = fed_own(values, batch, states)
        else:
            x = F.embedding(batch["outputs"], values["d.emb"])
            hidden, _ = layers(values, "d", x, batch["output_rows"], states)
            logits = linear(hidden, values["out.w"], values["out.b"])
        losses = F.cross_entropy(logits.flatten(0, 1), batch["targets"], reduction="none")
        return torch.dot(losses, batch["weights"]) / setting.batch

    batches = [
        (batch_of(setting, *drawn, alike, number % 2 == 0),)
        for number, (drawn, alike) in enumerate(all_lengths(setting))]
    return Task(parameters, loss, batches, beta=3e-5, clip=5.0, alternates=True)


def batch_of(setting, inputs, outputs, alike, is_fed_own):
    input_rows = rows_by_step([one for one, _ in alike])
    output_rows = rows_by_step([one for _, one in alike])
    decoder_order = outputs.argsort(1, descending=True)
    rank = inputs.argsort(1, descending=True).argsort(1).gather(1, decoder_order)
    last_step = inputs.gather(1, decoder_order) - 1
    before = torch.tensor([0, *input_rows]).cumsum(0)
    groups = torch.arange(setting.samples).unsqueeze(1) * sum(input_rows)
    return {
        "inputs": torch.randint(0, INPUT_TOKENS + 1, (setting.samples, sum(input_rows))),
        "input_rows": input_rows,
        "last": (groups + before[last_step] + rank).flatten(),
        "outputs": torch.randint(0, OUTPUT_TOKENS + 1, (setting.samples, sum(output_rows))),
        "output_rows": output_rows,
        "targets": classes(setting.samples * sum(output_rows), OUTPUT_TOKENS + 1),
        "weights": is_present(output_rows, outputs.gather(1, decoder_order)).flatten().float(),
        "is_fed_own": is_fed_own,
    }
