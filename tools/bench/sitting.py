"""One sitting of measurements: which programs run, in which environments, and what they print."""
import dataclasses
import datetime
import json
import os
import platform
import re
import subprocess
import sys

WORKLOADS = [
    "addmul-fnn-small", "addmul-fnn-big", "addmul-lstm", "double-add-lstm", "double-add-fnn-big", "cifar-cnn",
    "scan-lstm", "scan-transformer",
]
PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch_peer.py")
OWN, BASELINE = "modlab", "baseline"

#: glibc gives every large temporary back to the kernel, which clears its pages anew at the next one; a peer that is
#: told not to is up to twice as fast, and only that one is worth being compared with.
TUNED = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000", "MALLOC_TOP_PAD_": "268435456"}

#: Instruction sets: what each side is told, and what it must report. torch.compile takes ATen's.
LEVELS = {
    "v4": {"own": {"MODLAB_KERNELS": "v4"}, "peer": {}, "capability": "AVX512"},
    "v3": {
        "own": {"MODLAB_KERNELS": "v3", "OPENBLAS_CORETYPE": "Haswell"},
        "peer": {
            "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2"},
        "capability": "AVX2"},
}

#: Seconds that a process may take, and one that compiles for the first time.
LIMIT, WARMING_LIMIT = 180, 420


@dataclasses.dataclass(frozen=True)
class Row:
    """What is compared: a line of the table."""

    level: str
    workload: str
    stage: str
    scope: str | None

    @property
    def name(self):
        return " ".join([self.workload, self.stage, *([self.scope] if self.scope else [])])


def all_rows(levels, chosen):
    stages = [("mask", "trainable"), ("mask", "reference"), ("weights", None)]
    rows = [
        Row(level, workload, stage, scope) for level in levels for stage, scope in stages for workload in WORKLOADS]
    return [row for row in rows if not chosen or any(part in (row.name, row.workload) for part in chosen)]


def levels_here():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        flags = set(file.read().split())
    return [level for level in LEVELS if level != "v4" or "avx512f" in flags]


def forms(row):
    """The forms of the peer, by name."""
    if row.workload == "cifar-cnn":
        return {
            "eager": [], "eager, channels last": ["--channels-last"],
            "compiled": ["--compile", "--channels-last"]}
    return {"eager": [], "compiled": ["--compile"]}


class Failed(Exception):
    """Why a program gave no figures."""


class Sitting:
    """Runs programs for rows and keeps every line that they print."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.runs, self.failures = [], {}
        self.rounds, self.product_rates = 0, {}

    # MARK: Programs

    def run(self, command, environment, limit):
        """The last line of standard output as JSON."""
        if self.arguments.core is not None:
            command = ["taskset", "-c", str(self.arguments.core), *command]
        try:
            result = subprocess.run(
                command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=limit, check=False)
        except subprocess.TimeoutExpired as error:
            raise Failed(f"does not finish in {limit} s") from error
        if result.returncode != 0:
            print(f"{' '.join(command)} failed:\n{result.stderr[-1500:]}", file=sys.stderr)
            raise Failed("fails")
        return json.loads(result.stdout.strip().splitlines()[-1])

    def product_rate(self, level):
        """That of OpenBLAS, in GFLOP/s."""
        return self.run([self.arguments.modlab, "doctor", "--json"], LEVELS[level]["own"], LIMIT)["sgemm_gflops"]

    def own_line(self, row, program, steps=None):
        command = [program, "bench", "--workload", row.workload, "--stage", row.stage]
        if row.scope:
            command += ["--clip-scope", row.scope]
        if steps:
            command += ["--steps", str(steps)]
        line = self.run(command, LEVELS[row.level]["own"], LIMIT)
        if line["kernel_level"] != row.level:
            sys.exit(f"{program} computes at level {line['kernel_level']} where {row.level} was asked for")
        return line

    def peer_line(self, row, form, seconds, limit=LIMIT):
        command = [
            self.arguments.python, PEER, "--model", row.workload, "--stage", row.stage, "--seconds", str(seconds),
            *forms(row)[form]]
        if row.scope:
            command += ["--clip-scope", row.scope]
        cache = {"TORCHINDUCTOR_CACHE_DIR": os.path.join(self.arguments.cache, row.level)}
        line = self.run(command, {**TUNED, **cache, **LEVELS[row.level]["peer"]}, limit)
        if line["cpu_capability"] != LEVELS[row.level]["capability"]:
            sys.exit(f"PyTorch computes with {line['cpu_capability']} at level {row.level}")
        return line

    # MARK: Phases

    def prepare(self, rows):
        """Compiles what is not in the cache yet, so that no round has to.

        What does not finish is noted beside the cache, and tried again only with --prepare: perhaps the machine was
        busy.
        """
        for row in rows:
            for form in forms(row):
                verdict = self.verdict(row, form)
                is_done = verdict == "" or (verdict is not None and not self.arguments.prepare)
                if "--compile" in forms(row)[form] and not is_done:
                    try:
                        self.peer_line(row, form, seconds=0, limit=WARMING_LIMIT)
                        self.note_verdict(row, form, "")
                    except Failed as failure:
                        self.note_verdict(row, form, str(failure))
                    print(f"prepared {row.level} {row.name}, {form}: {self.verdict(row, form) or 'ready'}",
                          file=sys.stderr, flush=True)

    def measure(self, rows):
        """All rows, as often as there are rounds; every second round in the opposite order."""
        steps = {}
        self.product_rates = {level: self.product_rate(level) for level in dict.fromkeys(row.level for row in rows)}
        for number in range(self.arguments.rounds):
            runs = []
            for row in rows[::-1] if number % 2 else rows:
                programs = [OWN, *([BASELINE] if self.arguments.baseline else []), *forms(row)]
                for program in programs[::-1] if number % 2 else programs:
                    line = self.line(row, program, steps)
                    if line is not None:
                        runs.append({**dataclasses.asdict(row), "program": program, "round": number, "line": line})
                print(".", end="", file=sys.stderr, flush=True)
            # Only whole rounds count, so that all rows are measured equally often.
            self.runs += runs
            self.rounds = number + 1
            if self.arguments.sittings:
                self.write(self.arguments.sittings)
            print(f" round {number + 1} of {self.arguments.rounds}", file=sys.stderr, flush=True)

    def line(self, row, program, steps):
        """A program's figures for a row; None if it has none."""
        if program in (OWN, BASELINE):
            path = self.arguments.modlab if program == OWN else self.arguments.baseline
            if (row, program) not in steps:
                found = self.own_line(row, path, steps=6)
                steps[row, program] = max(6, round(1000 * self.arguments.seconds / found["ms_per_step"]))
            return self.own_line(row, path, steps[row, program])
        reason = self.verdict(row, program)
        if not reason:
            try:
                return self.peer_line(row, program, self.arguments.seconds)
            except Failed as failure:
                reason = str(failure)
                self.note_verdict(row, program, reason)
        self.failures[row.level, row.name, program] = reason
        return None

    # MARK: Files

    def verdict(self, row, form):
        """Empty when the form is known to compile, else why it does not; None when not known."""
        path = self.verdict_path(row, form)
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as file:
            return file.read()

    def note_verdict(self, row, form, text):
        os.makedirs(os.path.dirname(self.verdict_path(row, form)), exist_ok=True)
        with open(self.verdict_path(row, form), "w", encoding="utf-8") as file:
            file.write(text)

    def verdict_path(self, row, form):
        return os.path.join(self.arguments.cache, row.level, "verdicts", f"{row.name}, {form}")

    def record(self):
        return {
            "schema": "modlab-bench-sitting-1", "date": datetime.date.today().isoformat(), "cpu": processor(),
            "cores": os.cpu_count(), "python": platform.python_version(), "rounds": self.rounds,
            "seconds": self.arguments.seconds, "note": self.arguments.note, "runs": self.runs,
            "product_gflops": self.product_rates,
            "failures": [
                {"level": level, "row": row, "form": form, "reason": reason}
                for (level, row, form), reason in self.failures.items()],
        }

    def write(self, folder):
        """Into a file named after the day and the processor."""
        record = self.record()
        words = re.findall(r"[a-z0-9.]+", record["cpu"].replace("(R)", "").lower())
        with open(os.path.join(folder, f"{record['date']}-{'-'.join(words)}.json"), "w", encoding="utf-8") as file:
            # A run per line.
            runs = ",\n".join(json.dumps(run, separators=(",", ":")) for run in record.pop("runs"))
            file.write(f"{json.dumps(record)[:-1]}, \"runs\": [\n{runs}\n]}}\n")


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()
