#!/usr/bin/env python3
"""modlab beside PyTorch: the time of a training step, in one sitting, one thread.

Every round runs modlab and all forms of the PyTorch peer one after the other, each in a fresh process pinned to one
core, so that a drift of the machine meets both. The figure is the median over the rounds of the CPU time per step
(process time is hardly disturbed by other work on the machine). The ratio is that to the *fastest* form of the peer.

  tools/bench/compare.py --modlab .build/release/modlab --python PYTHON --output docs/performance.md
"""
import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import textwrap

WORKLOADS = [
    "addmul-fnn-small", "addmul-fnn-big", "addmul-lstm", "double-add-lstm", "double-add-fnn-big", "cifar-cnn",
    "scan-lstm", "scan-transformer",
]
STAGES = ["mask", "weights"]
# glibc gives every large temporary back to the kernel and clears its pages anew at the next one; a peer that is told
# not to is up to twice as fast, and only that one is worth being compared with.
TUNED = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000", "MALLOC_TOP_PAD_": "268435456"}
# Ratios this near to 1 say nothing: the same program differs more from run to run.
PARITY = 0.05
PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch_peer.py")


def peer_forms(workload, stage, with_compile):
    """The forms of the peer that are worth trying, by name."""
    layout = ["--channels-last"] if workload == "cifar-cnn" else []
    forms = {}
    if stage == "mask":
        forms["eager, fast sampler"] = ["--sampler", "fast", *layout]
        forms["eager, exp sampler"] = ["--sampler", "exp", *layout]
        if with_compile:
            forms["compiled, logistic sampler"] = ["--sampler", "logistic", "--compile", *layout]
    else:
        forms["eager"] = layout
        if with_compile:
            forms["compiled"] = ["--compile", *layout]
    return forms


def run(command, environment, core, timeout):
    """The last line of standard output as JSON, or None with the reason on standard error."""
    if core is not None:
        command = ["taskset", "-c", str(core), *command]
    result = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=timeout, check=False)
    if result.returncode != 0:
        print(f"{' '.join(command)} failed:\n{result.stderr[-600:]}", file=sys.stderr)
        return None
    return json.loads(result.stdout.strip().splitlines()[-1])


def known_workloads(modlab):
    text = subprocess.run([modlab, "bench", "--help"], capture_output=True, text=True, check=True).stdout
    return [name for name in WORKLOADS if name in text.replace(",", " ").replace("|", " ").split()]


def measure(arguments, workload, stage):
    """Medians over the rounds: modlab's line, and the peer's forms."""
    own, forms = [], {}
    for _ in range(arguments.rounds):
        line = run([arguments.modlab, "bench", "--workload", workload, "--stage", stage], {}, arguments.core, 600)
        if line is None:
            sys.exit(f"modlab cannot run {workload}")
        own.append(line)
        for name, options in peer_forms(workload, stage, arguments.compile).items():
            command = [arguments.python, PEER, "--model", workload, "--stage", stage, "--threads", "1", "--seconds",
                       str(arguments.seconds), *options]
            found = run(command, TUNED, arguments.core, 900)
            if found is not None:
                forms.setdefault(name, []).append(found)
        print(".", end="", file=sys.stderr, flush=True)
    print(f" {workload} {stage}", file=sys.stderr)

    def median(lines, key):
        values = [line[key] for line in lines if line.get(key) is not None]
        return statistics.median(values) if values else None

    best = min(forms, key=lambda name: median(forms[name], "cpu_ms_step"))
    return {
        "workload": workload, "stage": stage, "ms": median(own, "cpu_ms_per_step"),
        "gemm": median(own, "gemm_ms_per_step"), "peak": median(own, "peak_rss_mib"),
        "parameters": own[0]["parameters"],
        "form": best, "peer": median(forms[best], "cpu_ms_step"), "peer_peak": median(forms[best], "rss_mb"),
        "spread": max(line["cpu_ms_per_step"] for line in own) / min(line["cpu_ms_per_step"] for line in own),
        "rounds": arguments.rounds,
        "forms": {name: median(lines, "cpu_ms_step") for name, lines in forms.items()}, "own": own[0],
        "torch": forms[best][0]["torch"],
    }


def kept_rows(path):
    """What was measured before, by stage and workload."""
    if path is None or not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return {(row["stage"], row["workload"]): row for row in json.load(file)}


def keep_rows(path, rows):
    if path is not None:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(list(rows.values()), file, indent=1)


def table(rows):
    lines = [
        "| workload | stage | modlab, ms | PyTorch, ms | fastest form of PyTorch | faster by | of the products alone "
        "| spread | modlab, MiB | PyTorch, MiB |",
        "| --- | --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        share = f"{row['ms'] / row['gemm']:.2f}" if row["gemm"] else ""
        lines.append(
            f"| {row['workload']} | {row['stage']} | {row['ms']:.2f} | {row['peer']:.1f} | {row['form']} "
            f"| **{row['peer'] / row['ms']:.2f}** | {share} | {row['spread']:.2f} | {row['peak']:.0f} "
            f"| {row['peer_peak']:.0f} |")
    return "\n".join(lines)


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()


def names_between(rows, low, high):
    """The rows whose ratio to the peer lies in a range."""
    return [f"{row['workload']} ({row['stage']})" for row in rows if low <= row["peer"] / row["ms"] < high]


def document(rows, arguments):
    own = rows[0]["own"]
    slower, equal = names_between(rows, 0, 1 - PARITY), names_between(rows, 1 - PARITY, 1 + PARITY)
    verdict = f"modlab is more than {PARITY:.0%} slower than PyTorch on {', '.join(slower) or 'no row'}."
    if equal:
        verdict += f" The difference is less than {PARITY:.0%} on {', '.join(equal)}."
    verdict = textwrap.fill(verdict, width=100, break_on_hyphens=False)
    with open(os.path.join(os.path.dirname(__file__), "performance.md.in"), encoding="utf-8") as template:
        text = template.read()
    return text.format(
        table=table(rows), verdict=verdict, date=datetime.date.today().isoformat(), cpu=processor(),
        cores=os.cpu_count(),
        torch=rows[0]["torch"], python=platform.python_version(), level=own["kernel_level"], core=own["blas_kernel"],
        rounds=" or ".join(str(number) for number in sorted({row["rounds"] for row in rows})),
        note=f" {arguments.note}" if arguments.note else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modlab", default=".build/release/modlab")
    parser.add_argument("--python", default=sys.executable, help="a Python with PyTorch, for the peer")
    parser.add_argument("--output", help="the document to write; standard output when absent")
    parser.add_argument("--rows", help="a file that keeps measurements: rows that are not selected are taken from it")
    parser.add_argument("--workload", action="append", help="only these")
    parser.add_argument("--stage", choices=STAGES, action="append", help="only these")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="of timed steps per run of the peer")
    parser.add_argument("--core", type=int, default=(os.cpu_count() or 1) - 1, help="the core to run on")
    parser.add_argument("--note", help="what else is to be known about the machine, such as other work on it")
    parser.add_argument("--compile", action="store_true", help="also try torch.compile (up to a minute per run)")
    arguments = parser.parse_args()
    arguments.modlab = os.path.abspath(arguments.modlab)
    workloads = arguments.workload or known_workloads(arguments.modlab)
    rows = kept_rows(arguments.rows)
    for stage in arguments.stage or STAGES:
        for workload in workloads:
            rows[stage, workload] = measure(arguments, workload, stage)
            keep_rows(arguments.rows, rows)
    rows = [rows[key] for key in sorted(rows, key=lambda key: (STAGES.index(key[0]), WORKLOADS.index(key[1])))]
    text = document(rows, arguments)
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as file:
            file.write(text)
    print(text if not arguments.output else table(rows))


if __name__ == "__main__":
    main()
