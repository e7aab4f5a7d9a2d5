"""Threefry4x32 with 13 rounds and the named random streams built on it, in plain numpy.

Written from the definition of the generator (Salmon et al. 2011, "Parallel random numbers: as easy
as 1, 2, 3") and independent of modlab's own code, so that agreement of the two means something.
"""

import numpy as np

ROUNDS = 13
PARITY = np.uint32(0x1BD11BDA)
ROTATIONS = ((10, 26), (11, 21), (13, 27), (23, 5), (6, 20), (17, 11), (25, 10), (18, 20))

#: Known answers of the Random123 distribution: counter, key, result.
KNOWN_ANSWERS = (
    ((0, 0, 0, 0), (0, 0, 0, 0), (0x531C7E4F, 0x39491EE5, 0x2C855A92, 0x3D6ABF9A)),
    (
        (0xFFFFFFFF,) * 4,
        (0xFFFFFFFF,) * 4,
        (0xC4189358, 0x1C9CC83A, 0xD5881C67, 0x6A0A89E0),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0, 0x082EFA98, 0xEC4E6C89),
        (0x4AA71D8F, 0x734738C2, 0x431FC6A8, 0xAE6DEBF1),
    ),
)

Words = np.ndarray


def rotate_left(words: Words, bits: int) -> Words:
    """Rotates 32-bit words to the left."""
    return (words << np.uint32(bits)) | (words >> np.uint32(32 - bits))


def threefry(counter: Words, key: Words) -> Words:
    """Enciphers counters (… x 4 words of 32 bits) under a key of 4 words."""
    words = [counter[..., position].astype(np.uint32) for position in range(4)]
    extended = [np.uint32(part) for part in key]
    extended.append(PARITY ^ extended[0] ^ extended[1] ^ extended[2] ^ extended[3])
    with np.errstate(over="ignore"):
        for position in range(4):
            words[position] = words[position] + extended[position]
        for number in range(ROUNDS):
            first, second = (1, 3) if number % 2 == 0 else (3, 1)
            for left, right, bits in zip((0, 2), (first, second), ROTATIONS[number % 8]):
                words[left] = words[left] + words[right]
                words[right] = rotate_left(words[right], bits) ^ words[left]
            if number % 4 == 3:
                injection = number // 4 + 1
                for position in range(4):
                    words[position] = words[position] + extended[(injection + position) % 5]
                words[3] = words[3] + np.uint32(injection)
    return np.stack(words, axis=-1)


def stream_key(seed: int, name: str) -> Words:
    """Derives the key of the stream `name` of a run with this seed."""
    key = np.array([seed & 0xFFFFFFFF, seed >> 32, 0x6D6F646C, 0x61620001], dtype=np.uint32)
    encoded = name.encode()
    for start in range(0, len(encoded), 16):
        chunk = encoded[start : start + 16].ljust(16, b"\0")
        key = threefry(np.frombuffer(chunk, dtype="<u4").astype(np.uint32), key)
    return threefry(np.array([len(encoded), 0, 0, 0xFFFFFFFF], dtype=np.uint32), key)


def blocks(key: Words, indices: Words, step: int, part: int) -> Words:
    """Returns the blocks (… x 4 words) of the stream at the given 64-bit indices."""
    counters = np.empty((*indices.shape, 4), dtype=np.uint32)
    counters[..., 0] = indices & np.uint64(0xFFFFFFFF)
    counters[..., 1] = indices >> np.uint64(32)
    counters[..., 2] = step
    counters[..., 3] = part
    return threefry(counters, key)


def uniform(key: Words, count: int, step: int) -> np.ndarray:
    """Returns `count` uniform numbers in [0, 1): word i % 4 of block i / 4, 24 bits each."""
    indices = np.arange((count + 3) // 4, dtype=np.uint64)
    words = blocks(key, indices, step, 0).reshape(-1)[:count]
    return (words >> np.uint32(8)).astype(np.float64) * 2.0**-24


def mask_noise(key: Words, count: int, samples: int, draw: int, call: int = 0) -> np.ndarray:
    """Returns the 24-bit noise integers (samples x count) of one draw of a masked parameter.

    Sample s of element i is the upper 24 bits of word s % 4 of block i, part s / 4. Further calls
    of the network within a step lie 2^16 parts apart.
    """
    indices = np.arange(count, dtype=np.uint64)
    first = call << 16
    parts = [blocks(key, indices, draw, first + part) for part in range((samples + 3) // 4)]
    words = np.concatenate(parts, axis=-1)[:, :samples]
    return (words.T >> np.uint32(8)).astype(np.int64)


def verify() -> None:
    """Raises when the generator misses a known answer."""
    for counter, key, expected in KNOWN_ANSWERS:
        found = threefry(np.array(counter, dtype=np.uint32), np.array(key, dtype=np.uint32))
        if tuple(int(word) for word in found) != expected:
            raise AssertionError(f"threefry4x32-13 of {counter} is {found}, expected {expected}")
