#!/usr/bin/env python3
"""How many 32-bit random words counter-based generators make per cycle, with AVX2 and with AVX-512.

Compiles tools/bench/noise.c with the generator of the kernels, runs it, and prints a table.

  tools/bench/noise.py
"""
import argparse
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
KERNELS = os.path.join(HERE, "..", "..", "Sources", "CKernels")

#: What the compiler and the processor need for each level of the kernels, and the lanes of a register.
LEVELS = {
    "v3": (["-mavx2", "-mfma", "-mbmi", "-mbmi2", "-maes"], 8, ["avx2", "aes"]),
    "v4": ([f"-mavx512{part}" for part in ["f", "bw", "cd", "dq", "vl"]] + ["-mbmi2", "-maes", "-mvaes"], 16,
           ["avx512f", "vaes"]),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="clang", help="default: clang, whose vectors the kernels use")
    arguments = parser.parse_args()
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        features = set(file.read().split())
    print("| generator | level | words per cycle | ns per word |\n| --- | --- | ---: | ---: |")
    for level, (flags, lanes, needed) in LEVELS.items():
        if not features.issuperset(needed):
            continue
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "noise")
            subprocess.run(
                [arguments.compiler, "-O2", *flags, f"-DREGISTER_LANES={lanes}", f"-I{KERNELS}", f"-I{KERNELS}/include",
                 "-o", program, os.path.join(HERE, "noise.c"), "-lm"], check=True)
            printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
        for line in printed.splitlines():
            name, per_cycle, nanoseconds, _ = line.split("\t")
            print(f"| {name} | {level} | {per_cycle} | {nanoseconds} |")


if __name__ == "__main__":
    sys.exit(main())
