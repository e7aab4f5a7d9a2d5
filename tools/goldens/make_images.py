"""Writes PNG images of all kinds, with the pixels that Pillow decodes, and images that readers refuse.

    python tools/goldens/make_images.py     # with Pillow and NumPy

Good ones are Tests/DatasetsTests/Fixtures/images/NAME.png with NAME.npy beside it, C×H×W; bad ones
Tests/DatasetsTests/Fixtures/bad/NAME.png.
"""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

FIXTURES = Path(__file__).resolve().parents[2] / "Tests" / "DatasetsTests" / "Fixtures"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEIGHT, WIDTH = 5, 7


def chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a file with its checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(size: tuple[int, int], bits: int, colours: int, rows: bytes, before: bytes = b"") -> bytes:
    """An image of rows that begin with their filter."""
    header = struct.pack(">IIBBBBB", size[1], size[0], bits, colours, 0, 0, 0)
    return (
        SIGNATURE + chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    )


def grey_of(bits: int, numbers: np.ndarray) -> bytes:
    """A grey image of one to four bits per pixel."""
    rows = b""
    for row in numbers:
        packed = np.unpackbits(row[:, None].astype(np.uint8), axis=1)[:, 8 - bits :].ravel()
        rows += b"\0" + np.packbits(packed).tobytes()
    return png(numbers.shape, bits, 0, rows)


def saved(image: Image.Image, **options: object) -> bytes:
    """What Pillow writes."""
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


def interlaced(pixels: np.ndarray) -> bytes:
    """An image of colours in the seven passes of Adam7."""
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    rows = b""
    for top, left, down, right in passes:
        part = pixels[top::down, left::right]
        if part.size:
            rows += b"".join(b"\0" + row.tobytes() for row in part)
    whole = png(pixels.shape[:2], 8, 2, rows)
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 1)
    return SIGNATURE + chunk(b"IHDR", header) + whole[33:]


def images() -> dict[str, bytes]:
    """Images of all kinds that are read."""
    random = np.random.default_rng(7)
    grey = random.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
    colours = random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    opaque = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
    result = {f"grey{bits}": grey_of(bits, grey % 2**bits) for bits in (1, 2, 4)}
    result["grey8"] = saved(Image.fromarray(grey))
    result["grey-opaque"] = saved(Image.fromarray(np.concatenate([grey[..., None], opaque], 2), "LA"))
    result["colours"] = saved(Image.fromarray(colours))
    result["colours-opaque"] = saved(Image.fromarray(np.concatenate([colours, opaque], 2)))
    result["palette"] = saved(Image.fromarray(colours).quantize(9))
    result["interlaced"] = interlaced(colours)
    gamma = chunk(b"gAMA", struct.pack(">I", 100000))
    rows = b"".join(b"\0" + row.tobytes() for row in colours)
    result["gamma"] = png((HEIGHT, WIDTH), 8, 2, rows, gamma)
    return result


def write() -> None:
    """Writes all files."""
    good, bad = FIXTURES / "images", FIXTURES / "bad"
    good.mkdir(exist_ok=True)
    for name, content in images().items():
        (good / f"{name}.png").write_bytes(content)
        mode = "L" if name.startswith("grey") else "RGB"
        pixels = np.asarray(Image.open(io.BytesIO(content)).convert(mode))
        np.save(good / f"{name}.npy", pixels[None] if mode == "L" else np.moveaxis(pixels, 2, 0).copy())
    whole = images()["colours"]
    glass = np.full((2, 3, 4), 255, np.uint8)
    glass[1, 2, 3] = 0
    damaged = bytearray(whole)
    damaged[60] ^= 1
    files = {
        "empty": b"",
        "not-png": b"GIF89a and so on",
        "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
        "web-page": b"<!DOCTYPE html><html>404</html>",
        "cut": whole[:-30],
        "flipped": bytes(damaged),
        "sixteen-bits": png((1, 1), 16, 0, b"\0\1\2"),
        "glass": saved(Image.fromarray(glass)),
        "many-pixels": png((16000, 16000), 8, 0, b"\0"),
        "too-wide": png((1, 20000), 8, 0, b"\0" * 20001),
    }
    for name, content in files.items():
        (bad / f"{name}.png").write_bytes(content)


if __name__ == "__main__":
    write()
