"""Random commands and actions of SCAN's lengths, and where their rows lie when nothing is computed for padding.

Within each sample's group the sequences are ordered from the longest to the shortest. All groups of a batch get the
rows of the one that needs most, so that products of all samples are one batched product. A compiler needs the same
shapes in all batches: then they get the rows of the batch that needs most.
"""
import torch

LONGEST_INPUT, LONGEST_OUTPUT = 9, 48
INPUT_TOKENS, OUTPUT_TOKENS = 13, 6
BATCHES = 8


def lengths(setting):
    """Commands of 1 to 9 words, actions of 1 to 48, 15 in the mean, the longest in every batch; end marks included.

    The shapes are [S, group].
    """
    inputs = torch.randint(1, LONGEST_INPUT + 1, (setting.batch,))
    outputs = (torch.rand(setting.batch).pow(2.3) * LONGEST_OUTPUT).long() + 1
    inputs[0], outputs[0] = LONGEST_INPUT, LONGEST_OUTPUT
    shape = setting.samples, setting.group
    return inputs.view(shape) + 1, outputs.view(shape) + 1


def all_lengths(setting):
    """The lengths of all batches, and the batches each of them shares its shapes with."""
    drawn = [lengths(setting) for _ in range(BATCHES)]
    alike = [drawn] * BATCHES if setting.has_fixed_shapes else [[one] for one in drawn]
    return list(zip(drawn, alike))


def rows_by_step(of_batches):
    """The rows of every step, from lengths [S, group] of one or several batches."""
    longest = max(int(one.max()) for one in of_batches)
    return [max(int((one > step).sum(1).max()) for one in of_batches) for step in range(longest)]


def is_present(counts, ordered):
    """Whether the rows of steps, in this order, belong to sequences: [S, rows]. `ordered` falls along each group."""
    return torch.cat([ordered[:, :count] > step for step, count in enumerate(counts)], 1)
