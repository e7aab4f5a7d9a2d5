"""Networks of others as they are wrong, one file for each way, for the messages of imports.

python tools/goldens/broken_programs.py

Programs are changed copies of those of `exported_programs.py`, or networks that modlab does not read;
state dictionaries are changed copies of that of a small network of two linear layers.
"""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file

import refused_networks
from exported_programs import FOLDER as PROGRAMS

FOLDER = Path(__file__).resolve().parents[2] / "Tests" / "NetworkFilesTests" / "Fixtures" / "bad"
Members = dict[str, bytes]
Change = Callable[[dict[str, Any]], None]


def members_of(name: str) -> Members:
    """The members of a program."""
    with zipfile.ZipFile(PROGRAMS / f"{name}.pt2") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(name: str, members: Members, packed: bool = False) -> None:
    """Writes a program."""
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(FOLDER / f"{name}.pt2", "w", kind) as archive:
        for member, content in members.items():
            entry = zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = kind
            archive.writestr(entry, content)


def changed(name: str, source: str, end: str, change: Change) -> None:
    """Writes a program of which one JSON member is changed."""
    members = members_of(source)
    for member in members:
        if member.endswith(end):
            value = json.loads(members[member])
            change(value)
            members[member] = json.dumps(value).encode()
    write(name, members)


def graph(name: str, source: str, change: Change) -> None:
    """Writes a program of which the graph is changed."""
    changed(name, source, "model.json", change)


def weights(name: str, source: str, change: Change) -> None:
    """Writes a program of which the list of weights is changed."""
    changed(name, source, "weights_config.json", lambda value: change(value["config"]))


def nodes(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of a graph."""
    return value["graph_module"]["graph"]["nodes"]


def archives() -> None:
    """Files that are damaged or of another kind."""
    whole = (PROGRAMS / "mlp.pt2").read_bytes()
    (FOLDER / "empty.pt2").write_bytes(b"")
    (FOLDER / "cut-off.pt2").write_bytes(whole[: len(whole) // 2])
    place = whole.index(members_of("mlp")["mlp/data/weights/weight_0"])
    (FOLDER / "flipped.pt2").write_bytes(
        whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
    )
    (FOLDER / "web-page.pt2").write_bytes(b"<!DOCTYPE html><html>404</html>")
    (FOLDER / "git-lfs.pt2").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    (FOLDER / "onnx.pt2").write_bytes(b"\x08\x0a\x12\x07pytorch\x1a\x062.15.0:\x00")
    (FOLDER / "legacy-pickle.pt2").write_bytes(pickle.dumps({"weight": 1}, protocol=2))
    buffer = io.BytesIO()
    torch.save({"weight": torch.zeros(1)}, buffer)
    (FOLDER / "torch-save.pt2").write_bytes(buffer.getvalue())
    members = members_of("mlp")
    write("compressed", {**members, "mlp/models/model.json": members["mlp/models/model.json"]}, True)
    write("numpy", {"weight.npy": b"\x93NUMPY"})
    write("other-zip", {"readme.txt": b"no network"})
    write("two-models", {"a/models/a.json": b"{}", "a/models/b.json": b"{}"})
    write("before-2.8", {"version": b"8.2", "serialized_exported_program.json": b"{}"})
    write("no-weights", {n: c for n, c in members.items() if "data/weights" not in n})
    write("missing-storage", {n: c for n, c in members.items() if not n.endswith("weight_2")})
    write(
        "short-storage",
        {n: c[:-4] if n.endswith("weight_2") else c for n, c in members.items()},
    )
    write("big-endian", {n: b"big" if n.endswith("byteorder") else c for n, c in members.items()})
    write("no-json", {n: b"{" if n.endswith("model.json") else c for n, c in members.items()})


def graphs() -> None:
    """Graphs that say what no graph says, or what modlab does not read."""

    def version(value: dict[str, Any]) -> None:
        value["schema_version"]["major"] = 9

    def old_version(value: dict[str, Any]) -> None:
        value["schema_version"] = {"major": 5, "minor": 3}

    def no_version(value: dict[str, Any]) -> None:
        del value["schema_version"]

    def no_graph(value: dict[str, Any]) -> None:
        del value["graph_module"]["graph"]

    def no_signature(value: dict[str, Any]) -> None:
        del value["graph_module"]["signature"]

    def two_inputs(value: dict[str, Any]) -> None:
        specs = value["graph_module"]["signature"]["input_specs"]
        specs.append(specs[-1])

    def mutation(value: dict[str, Any]) -> None:
        specs = value["graph_module"]["signature"]["output_specs"]
        specs.insert(0, {"buffer_mutation": {"arg": {"name": "add"}, "buffer_name": "n"}})

    def input_type(value: dict[str, Any]) -> None:
        tensors = value["graph_module"]["graph"]["tensor_values"]
        next(v for n, v in tensors.items() if n == "input" or n == "x")["dtype"] = 12

    def no_batch(value: dict[str, Any]) -> None:
        tensors = value["graph_module"]["graph"]["tensor_values"]
        tensors["input"]["sizes"] = [{"as_int": 7}]

    def other_shape(value: dict[str, Any]) -> None:
        value["graph_module"]["graph"]["tensor_values"]["relu"]["sizes"][1] = {"as_int": 5}

    def training(value: dict[str, Any]) -> None:
        for node in nodes(value):
            for argument in node["inputs"]:
                if argument["name"] == "training":
                    argument["arg"] = {"as_bool": True}

    def groups(value: dict[str, Any]) -> None:
        node = next(n for n in nodes(value) if "conv2d" in n["target"])
        node["inputs"].append({"name": "groups", "arg": {"as_int": 2}, "kind": 1})

    def uneven(value: dict[str, Any]) -> None:
        node = next(n for n in nodes(value) if "conv2d" in n["target"])
        next(a for a in node["inputs"] if a["name"] == "padding")["arg"] = {"as_ints": [1, 2]}

    def twice(value: dict[str, Any]) -> None:
        linear = [n for n in nodes(value) if "linear" in n["target"]]
        linear[1]["inputs"][1]["arg"] = linear[0]["inputs"][1]["arg"]

    def decomposed(value: dict[str, Any]) -> None:
        nodes(value)[0]["target"] = "torch.ops.aten.addmm.default"

    def unknown(value: dict[str, Any]) -> None:
        nodes(value)[1]["target"] = "torch.ops.custom.fourier.default"

    def bidirectional(value: dict[str, Any]) -> None:
        node = next(n for n in nodes(value) if "lstm" in n["target"])
        next(a for a in node["inputs"] if a["name"] == "bidirectional")["arg"] = {"as_bool": True}

    graph("schema-version", "mlp", version)
    graph("old-schema-version", "mlp", old_version)
    graph("no-schema-version", "mlp", no_version)
    graph("no-graph", "mlp", no_graph)
    graph("no-signature", "mlp", no_signature)
    graph("two-inputs", "mlp", two_inputs)
    graph("changes-buffers", "mlp", mutation)
    graph("input-type", "mlp", input_type)
    graph("no-batch", "mlp", no_batch)
    graph("other-shape", "mlp", other_shape)
    graph("training-mode", "vgg", training)
    graph("groups", "vgg", groups)
    graph("uneven-padding", "vgg", uneven)
    graph("shared-weights", "mlp", twice)
    graph("decomposed", "mlp", decomposed)
    graph("unknown-operator", "mlp", unknown)
    graph("two-directions", "lstm-last", bidirectional)


def stored() -> None:
    """Lists of weights that do not fit their storages or the graph."""

    def without(config: dict[str, Any]) -> None:
        del config["2.weight"]

    def pickled(config: dict[str, Any]) -> None:
        config["2.weight"]["use_pickle"] = True

    def strides(config: dict[str, Any]) -> None:
        config["2.weight"]["tensor_meta"]["strides"] = [{"as_int": 900}, {"as_int": 1}]

    def element_type(config: dict[str, Any]) -> None:
        config["2.weight"]["tensor_meta"]["dtype"] = 29

    def shape(config: dict[str, Any]) -> None:
        meta = config["2.weight"]["tensor_meta"]
        meta["sizes"], meta["strides"] = meta["sizes"][::-1], [{"as_int": 8}, {"as_int": 1}]

    def renamed(config: dict[str, Any]) -> None:
        config["2.wieght"] = config.pop("2.weight")

    weights("weight-left-out", "mlp", without)
    weights("pickled-weight", "mlp", pickled)
    weights("strides", "mlp", strides)
    weights("element-type", "mlp", element_type)
    weights("transposed", "mlp", shape)
    weights("renamed-weight", "mlp", renamed)
    members = members_of("mlp")
    name = next(n for n in members if n.endswith("weight_0"))
    values = np.frombuffer(members[name], np.float32).copy()
    values[5] = np.nan
    write("not-finite", {**members, name: values.tobytes()})


def dictionaries() -> None:
    """State dictionaries of `layers.0` 6 x 5 and `layers.1` 4 x 6."""
    good = {
        "layers.0.weight": np.ones((6, 5), np.float32),
        "layers.0.bias": np.ones(6, np.float32),
        "layers.1.weight": np.ones((4, 6), np.float32),
        "layers.1.bias": np.ones(4, np.float32),
    }
    without = {n: v for n, v in good.items() if n != "layers.1.bias"}
    infinite = good["layers.1.weight"].copy()
    infinite[1, 2] = np.inf
    cases = {
        "missing": without,
        "misspelt": {**without, "layers.1.bais": good["layers.1.bias"]},
        "left-over": {**good, "layers.2.weight": np.ones((2, 4), np.float32)},
        "other-shape": {**good, "layers.1.weight": np.ones((4, 7), np.float32)},
        "transposed": {**good, "layers.1.weight": np.ones((6, 4), np.float32)},
        "whole-numbers": {**good, "layers.1.weight": np.ones((4, 6), np.int64)},
        "infinite": {**good, "layers.1.weight": infinite},
        "optimizer": {"state.0.exp_avg": good["layers.0.bias"]},
        "no-tensors": {},
    }
    for name, tensors in cases.items():
        save_file(tensors, FOLDER / f"{name}.safetensors")


def main() -> None:
    """Writes all files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    archives()
    graphs()
    refused_networks.write(FOLDER)
    stored()
    dictionaries()


if __name__ == "__main__":
    main()
