"""Golden file of the random streams: keys, uniform numbers and mask noise by seed and name."""

import json

import numpy as np

from golden_file import Tensors
from threefry import mask_noise, stream_key, uniform, verify

NAME = "random_streams"

#: Names of 0, 1, 16, 17, 30 and 32 bytes, and one that is not ASCII.
STREAMS = (
    (0, ""),
    (1, "a"),
    (2, "sixteen-bytes-00"),
    (3, "seventeen-bytes-0"),
    (9, "mask-noise/add/layers.0.weight"),
    (2**32 + 5, "mask-noise/mul/layers.10.weight/"),
    (2**63 + 7, "gewichte-größe"),
)
UNIFORM_COUNT = 11
UNIFORM_STEPS = (0, 1, 20_000)
NOISE_COUNT = 7
NOISE_SAMPLES = 9
NOISE_DRAWS = (0, 3)


def generate() -> tuple[Tensors, dict[str, str]]:
    """Returns the tensors `<stream>/…` and the names of the streams as a fact."""
    verify()
    tensors: Tensors = {"uniform_steps": np.array(UNIFORM_STEPS, dtype=np.int64)}
    tensors["noise_draws"] = np.array(NOISE_DRAWS, dtype=np.int64)
    for number, (seed, name) in enumerate(STREAMS):
        key = stream_key(seed, name)
        halves = [seed & 0xFFFFFFFF, seed >> 32]
        tensors[f"{number}/seed_low_high"] = np.array(halves, dtype=np.int64)
        tensors[f"{number}/key"] = key.astype(np.int64)
        tensors[f"{number}/uniform"] = np.stack(
            [uniform(key, UNIFORM_COUNT, step) for step in UNIFORM_STEPS]
        )
        tensors[f"{number}/noise"] = np.stack(
            [mask_noise(key, NOISE_COUNT, NOISE_SAMPLES, draw) for draw in NOISE_DRAWS]
        )
    return tensors, {"streams": json.dumps([name for _, name in STREAMS], ensure_ascii=False)}
