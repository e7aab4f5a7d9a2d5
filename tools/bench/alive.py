#!/usr/bin/env python3
"""Which weights mask training can still sample, by step and layer.

Runs the study of addition and multiplication with short intervals between checkpoints, and counts in every checkpoint
the weights whose logit a sample can still keep, and the rows (outputs) and columns (inputs) that have such a weight.
Results do not depend on how often checkpoints are written. An interrupted measurement resumes.

  tools/bench/alive.py --modlab .build/release/modlab --hidden 400,400,200 --out results/alive --csv alive.csv
"""
import argparse
import csv
import json
import os
import struct
import subprocess
import sys
import time

import numpy as np

# A weight is kept when 24 random bits reach the threshold floor(2^24 q + 1/2) with q = 1 / (1 + exp(l)), computed in
# single precision (Sources/CKernels/levels/masks.inc). There q rounds to 1, and the threshold to 2^24, which no 24 bits
# reach, when exp(l) is at most 2^-24. This is the largest such l, -16.6355324.
NEVER_SAMPLED = np.float32(float.fromhex("-0x1.0a2b24p+4"))

COLUMNS = ["network", "stage", "step", "layer", "weights", "alive", "rows", "rows_alive", "columns", "columns_alive"]
PHASE, LOGITS = "masks-", "mask.logits."


def logits_by_stage(path):
    """From a checkpoint: stage to (step, layer to logits), for stages that are over and those under way."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        metadata = header.pop("__metadata__")
        steps = {phase: ("phase", step) for phase, step in json.loads(metadata.get("finished", "{}")).items()}
        running = json.loads(metadata.get("running", "{}"))
        steps |= {phase: ("state", state["step"]) for phase, state in running.items()}
        found = {}
        for phase, (folder, step) in steps.items():
            prefix = f"{folder}/{phase}/{LOGITS}"
            layers = {}
            for name in (name for name in header if phase.startswith(PHASE) and name.startswith(prefix)):
                begin, end = header[name]["data_offsets"]
                file.seek(8 + length + begin)
                values = np.frombuffer(file.read(end - begin), dtype="<f4")
                layers[name.removeprefix(prefix)] = values.reshape(header[name]["shape"])
            if layers:
                found[phase.removeprefix(PHASE)] = step, layers
        return found


def counts(logits):
    alive = logits > NEVER_SAMPLED
    return {
        "weights": alive.size, "alive": int(alive.sum()), "rows": alive.shape[0],
        "rows_alive": int(alive.any(axis=1).sum()), "columns": alive.shape[1],
        "columns_alive": int(alive.any(axis=0).sum())}


class Table:
    """The CSV file, to which a row is added when `every` steps have passed since the last ones of its stage."""

    def __init__(self, path, network, every):
        self.path, self.network, self.every = path, network, every
        self.last = {}
        if os.path.exists(path):
            with open(path, newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    if row["network"] == network:
                        self.last[row["stage"]] = max(int(row["step"]), self.last.get(row["stage"], 0))
        else:
            with open(path, "w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerow(COLUMNS)

    def add(self, found, last_step):
        for stage, (step, layers) in found.items():
            before = self.last.get(stage, 0)
            if step <= before or step < min(before + self.every, last_step):
                continue
            self.last[stage] = step
            with open(self.path, "a", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                for layer, logits in layers.items():
                    key = {"network": self.network, "stage": stage, "step": step, "layer": layer}
                    writer.writerow(key | counts(logits))


def checkpoints(folder):
    for where, _, files in os.walk(folder):
        yield from (os.path.join(where, name) for name in files if name == "checkpoint.safetensors")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modlab", default=".build/release/modlab")
    parser.add_argument("--manifest", default="experiments/masks/addmul-fnn.yaml")
    parser.add_argument("--hidden", required=True, help="widths of the hidden layers: 400,400,200")
    parser.add_argument("--pretrain", type=int, default=6000, help="steps of training before the masks")
    parser.add_argument("--steps", type=int, default=20000, help="steps of each mask")
    parser.add_argument("--every", type=int, default=500, help="steps between two counts, at least")
    parser.add_argument("--seconds", type=float, default=1, help="of work between two checkpoints")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="threads: several masks are trained at once")
    parser.add_argument("--out", required=True, help="folder of the run, one for each network")
    parser.add_argument("--csv", required=True, help="the table to add to")
    arguments = parser.parse_args()
    table = Table(arguments.csv, arguments.hidden.replace(",", "-"), arguments.every)
    settings = [
        f"model.hidden=[{arguments.hidden}]", f"pretrain.steps={arguments.pretrain}", f"mask.steps={arguments.steps}",
        f"checkpoint-every={arguments.seconds}"]
    command = [
        arguments.modlab, "run", arguments.manifest, "--profile", "paper", "--seeds", f"{arguments.seed},", "-j",
        str(arguments.workers), "--out", arguments.out, "--quiet"]
    for setting in settings:
        command += ["--set", setting]
    with subprocess.Popen(command) as process:
        seen = None
        while True:
            is_over = process.poll() is not None
            for path in checkpoints(arguments.out):
                # A checkpoint is replaced by renaming, so that what is open stays as it was.
                try:
                    version = os.stat(path).st_mtime_ns
                    if version != seen:
                        seen = version
                        table.add(logits_by_stage(path), arguments.steps)
                except FileNotFoundError:
                    pass
            if is_over:
                return process.returncode
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
