#!/usr/bin/env python3
"""Where the time of a training step goes, and how far it is from what the processor can do at most.

For each row: the floating-point operations of a step's products, counted in the PyTorch implementation of the step;
the time that they take at the peak of the processor as `modlab doctor` measures it; the CPU time of a step; and the
shares of its parts in the samples that `perf record` takes between the first and the last step.

  tools/bench/where.py --modlab .build/release/modlab addmul-fnn-big:mask scan-lstm:weights

Needs perf, and a Python with PyTorch. Levels are chosen with MODLAB_KERNELS and OPENBLAS_CORETYPE.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

import torch
from torch.utils.flop_counter import FlopCounterMode

from peer.parameters import Setting
from torch_peer import BATCH, SAMPLES, TASKS, Step

#: Parts of a step and the functions that belong to them; the rest is what no pattern matches.
PARTS = {
    "multiply-adds": r"tile_\d+_\d+|sgemm_kernel.*|sgemm_beta.*",
    "packing, masking": r"k_product|k_input_gradient|k_weight_gradient|pack_.*|product_of_.*|next_chunk|write_.*"
                        r"|sgemm_.copy.*|sgemm_..copy.*",
    "noise, bits": r"k_mask_bits|k_mask_sample|mask_bits.*",
    "noise, slopes": r"mask_gradient.*|k_mask_gradient",
    "norm, Adam": r"k_adam|k_sum_of_squares|k_scale",
}
FREQUENCY = 2000


def operations(workload, stage, steps):
    """Floating-point operations of the products of a step, the mean of some."""
    is_mask = stage == "mask"
    setting = Setting(
        is_mask=is_mask, batch=BATCH, samples=SAMPLES if is_mask else 1, has_fixed_shapes=False, channels_last=False)
    step = Step(TASKS[workload](setting), setting, False, False)
    with FlopCounterMode(display=False) as counter:
        for number in range(steps):
            step.take(number)
    return counter.get_total_flops() / steps


def samples(path):
    """Time and function of every sample."""
    script = subprocess.run(
        ["perf", "script", "-i", path, "-F", "time,ip,sym"], check=True, capture_output=True, text=True).stdout
    for line in script.splitlines():
        found = re.match(r"\s*([\d.]+):\s+[0-9a-f]+ (\S+)", line)
        if found:
            yield float(found[1]), found[2]


def shares(found):
    """The share of every part, between the first and the last step of Adam."""
    times = [time for time, name in found if name == "k_adam"]
    inside = [name for time, name in found if times[0] <= time <= times[-1]]
    counts = collections.Counter(
        next((part for part, pattern in PARTS.items() if re.fullmatch(pattern, name)), "rest") for name in inside)
    return {part: counts[part] / len(inside) for part in [*PARTS, "rest"]}


def measured(modlab, workload, stage, core):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "perf")
        printed = subprocess.run(
            ["perf", "record", "-q", "-F", str(FREQUENCY), "-o", path, "taskset", "-c", str(core), modlab, "bench",
             "--workload", workload, "--stage", stage],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        return json.loads(printed.splitlines()[0]), shares(list(samples(path)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="+", metavar="WORKLOAD:STAGE")
    parser.add_argument("--modlab", default=".build/release/modlab")
    parser.add_argument("--core", type=int, default=1)
    parser.add_argument("--steps", type=int, default=2, help="steps whose operations are counted")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    doctor = subprocess.run([arguments.modlab, "doctor", "--json"], capture_output=True, text=True, check=False)
    peak = json.loads(doctor.stdout)["peak_gflops"]
    names = [*PARTS, "rest"]
    print("| workload | stage | level | GFLOP | at the peak, ms | step, ms | " + " | ".join(names) + " |")
    print("| --- | --- | --- | ---: | ---: | ---: |" + " ---: |" * len(names))
    for row in arguments.rows:
        workload, stage = row.split(":")
        result, parts = measured(arguments.modlab, workload, stage, arguments.core)
        count = operations(workload, stage, arguments.steps) / 1e9
        cells = [f"{count:.2f}", f"{1000 * count / peak:.1f}", f"{result['cpu_ms_per_step']:.1f}"]
        cells += [f"{100 * parts[name]:.0f}%" for name in names]
        print(f"| {workload} | {stage} | {result['kernel_level']} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
