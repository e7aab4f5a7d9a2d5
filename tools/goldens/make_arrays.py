"""Writes the arrays of Tests/DatasetsTests/Fixtures: what NumPy writes, and what readers refuse.

    python tools/goldens/make_arrays.py
"""

import io
import os
import zipfile

import numpy as np

ROOT = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(ROOT, "../../Tests/DatasetsTests/Fixtures")
TYPES = ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]
TYPES += ["float16", "float32", "float64"]


def npy(array, **options):
    """The bytes of np.save."""
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def zipped(members, method=zipfile.ZIP_STORED):
    """The bytes of a zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            # The same bytes at any time of day.
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return file.getvalue()


def write(folder, name, content):
    with open(os.path.join(FIXTURES, folder, name), "wb") as file:
        file.write(content)


def good_arrays(x):
    for name in TYPES:
        if name == "bool":
            values = (x % 2).astype(bool)
        elif name.startswith("float"):
            values = ((x - 2) / 4).astype(name)
        else:
            values = (x - (0 if name.startswith("u") else 2)).astype(name)
        write("arrays", name + ".npy", npy(values))
    for save, name in [(np.savez, "stored"), (np.savez_compressed, "packed")]:
        path = os.path.join(FIXTURES, "arrays", name + ".npz")
        save(path, x=x.astype(np.float32), y=np.array([1, 0]))
    file = io.BytesIO()
    np.lib.format.write_array(file, x.astype(np.float32), version=(2, 0))
    write("arrays", "version2.npy", file.getvalue())


def bad_arrays(x):
    good = npy(x.astype(np.float32))
    damaged = bytearray(zipped([("x.npy", good)], zipfile.ZIP_DEFLATED))
    damaged[60] ^= 0xFF
    huge = b"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 16), }"
    files = {
        "empty.npy": b"",
        "not-numpy.npy": b"hello",
        "prefix-cut.npy": good[:8],
        "header-cut.npy": good[:40],
        "cut.npy": good[:-3],
        "too-long.npy": good + b"xx",
        "version-9.npy": good[:6] + b"\x09\x00" + good[8:],
        "fortran.npy": npy(np.asfortranarray(x.astype(np.float32))),
        "big-endian.npy": npy(x.astype(">f4")),
        "objects.npy": npy(np.array([1, "a", None], dtype=object), allow_pickle=True),
        "texts.npy": npy(np.array(["cat", "dog"])),
        "complex.npy": npy(x.astype(np.complex64)),
        "structure.npy": npy(np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")])),
        "scalar.npy": npy(np.float32(3)),
        "lfs-pointer.npy": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "bad-header.npy": good[:10] + b"{'descr': '<f4', 'shape': 3}".ljust(118) + good[128:],
        "huge.npy": good[:10] + huge.ljust(117) + b"\n" + good[128:],
        "no-arrays.npz": zipped([("readme.txt", b"x")]),
        "empty.npz": b"",
        "cut.npz": zipped([("x.npy", good)])[:-10],
        "member-cut.npz": zipped([("x.npy", good[:-4])]),
        "damaged.npz": bytes(damaged),
        "bzip2.npz": zipped([("x.npy", good)], zipfile.ZIP_BZIP2),
        "not-zip.npz": b"\x93NUMPY rubbish rubbish rubbish",
        "text.columns": b"x,y\n1,2\n3,abc\n",
        "empty-field.columns": b"x,y\n1,2\n,4\n",
        "ragged.columns": b"x,y\n1 2 3,0\n1 2,1\n",
        "semicolons.columns": b"x;y\n1;2\n",
        "short-line.columns": b"x,y\n1\n",
        "empty.columns": b"",
        "decimal-comma.columns": b'x,y\n"0,5",1\n',
        "no-names.columns": b"0.5,1\n0.25,0\n",
        "no-column.columns": b"inputs,label\n1,2\n",
        "binary.columns": b"x,y\n\xff\xfe,1\n",
    }
    for name, content in files.items():
        write("bad", name, content)


if __name__ == "__main__":
    NUMBERS = np.arange(6).reshape(2, 3)
    good_arrays(NUMBERS)
    bad_arrays(NUMBERS)
