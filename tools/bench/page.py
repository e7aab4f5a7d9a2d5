"""The page docs/performance.md from the times of sittings."""
import glob
import json
import os
import statistics
import textwrap

from sitting import BASELINE, OWN, Row, forms

#: Two times are called equal when the longer one is at most this much longer than the shorter one.
EQUAL = 0.05
WIDTH = 100


class Times:
    """All runs of a row."""

    def __init__(self, row, runs, failures):
        self.row = row
        self.lines = {}
        for run in runs:
            self.lines.setdefault(run["program"], []).append(run["line"])
        self.failures = {failure["form"]: failure["reason"] for failure in failures}
        forms_here = [form for form in forms(row) if form in self.lines]
        self.fastest = min(forms_here, key=self.ms) if forms_here else None
        for form in forms_here:
            ours, theirs = self.lines[OWN][0], self.lines[form][0]
            for key in ("parameters", "masked"):
                if ours.get(key) != theirs.get(key):
                    raise ValueError(f"{row.name}: {key} differ, {ours.get(key)} and {theirs.get(key)}")

    def all_ms(self, program):
        return [line["cpu_ms_per_step"] for line in self.lines[program]]

    def ms(self, program):
        return statistics.median(self.all_ms(program))

    def median(self, program, key):
        return statistics.median(line[key] for line in self.lines[program])

    def spread(self, program):
        return max(self.all_ms(program)) / min(self.all_ms(program))

    @property
    def ratio(self):
        return self.ms(self.fastest) / self.ms(OWN)

    @property
    def ratios(self):
        """Those of the single rounds."""
        return [theirs / ours for theirs, ours in zip(self.all_ms(self.fastest), self.all_ms(OWN))]

    @property
    def title(self):
        scope = f", {self.row.scope}" if self.row.scope else ""
        return f"{self.row.workload} ({self.row.stage}{scope})"


def rows_of(sitting):
    """The rows' times, in the order of the sitting."""
    keys = ("level", "workload", "stage", "scope")
    found = {}
    for run in sitting["runs"]:
        found.setdefault(Row(*[run[key] for key in keys]), []).append(run)
    return [
        Times(row, runs, [f for f in sitting["failures"] if (f["level"], f["row"]) == (row.level, row.name)])
        for row, runs in found.items()]


def markdown(header, alignment, lines):
    rule = ["---" if side == "<" else "---:" for side in alignment]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [header, rule, *lines])


def key_cells(times):
    return [times.row.workload, times.row.stage, times.row.scope or ""]


def main_table(rows):
    has_baseline = any(BASELINE in times.lines for times in rows)
    header = [
        "workload", "stage", "clip scope", "modlab, ms", *(["before, ms", "before ÷ now"] if has_baseline else []),
        "PyTorch, ms", "fastest form", "faster by", "in single rounds", "÷ products", "spread", "PyTorch's spread",
        "MiB", "PyTorch's MiB"]
    lines = []
    for times in rows:
        products = times.lines[OWN][0].get("gemm_ms_per_step")
        cells = [*key_cells(times), f"{times.ms(OWN):.2f}"]
        if has_baseline:
            before = times.ms(BASELINE) if BASELINE in times.lines else None
            cells += [f"{before:.2f}", f"{before / times.ms(OWN):.2f}"] if before else ["", ""]
        if times.fastest is None:
            cells += [""] * 4
        else:
            cells += [
                f"{times.ms(times.fastest):.2f}", times.fastest, f"**{times.ratio:.2f}**",
                f"{min(times.ratios):.2f} to {max(times.ratios):.2f}"]
        cells.append(f"{times.ms(OWN) / times.median(OWN, 'gemm_ms_per_step'):.2f}" if products else "")
        cells.append(f"{times.spread(OWN):.2f}")
        cells.append(f"{times.spread(times.fastest):.2f}" if times.fastest else "")
        cells.append(f"{times.median(OWN, 'peak_rss_mib'):.0f}")
        cells.append(f"{times.median(times.fastest, 'peak_rss_mib'):.0f}" if times.fastest else "")
        lines.append(cells)
    return markdown(header, "<<<>" + (">>" if has_baseline else "") + "><>>>>>>>", lines)


def forms_table(rows):
    names = list(dict.fromkeys(form for times in rows for form in forms(times.row)))

    def cell(times, form):
        return f"{times.ms(form):.2f}" if form in times.lines else times.failures.get(form, "")
    return markdown(
        ["workload", "stage", "clip scope", *(f"{name}, ms" for name in names)], "<<<" + ">" * len(names),
        [key_cells(times) + [cell(times, name) for name in names] for times in rows])


def verdict(rows):
    """In words: on how many rows modlab is faster, on which it is not."""
    compared = [times for times in rows if times.fastest]
    faster = [times for times in compared if times.ratio > 1 + EQUAL]
    slower = [times for times in compared if times.ratio < 1 / (1 + EQUAL)]
    equal = [times for times in compared if times not in faster and times not in slower]
    text = f"On {len(faster)} of {len(compared)} rows modlab is faster than the fastest form of PyTorch"
    if faster:
        text += f", by {min(t.ratio for t in faster):.2f} to {max(t.ratio for t in faster):.2f}"
    text += ". "
    text += f"Equal to within {EQUAL:.0%}: {', '.join(t.title for t in equal) or 'no row'}. "
    losses = ", ".join(f"{t.title} by {1 / t.ratio:.2f}" for t in slower)
    text += f"Slower: {losses or 'no row'}."
    missing = [times.title for times in rows if not times.fastest]
    if missing:
        text += f" Without figures of PyTorch: {', '.join(missing)}."
    return text


LEVEL_NAMES = {"v4": "AVX-512", "v3": "AVX2"}


def level_section(sitting, level):
    """What a sitting measured at a level."""
    rows = [times for times in rows_of(sitting) if times.row.level == level]
    line = rows[0].lines[OWN][0]
    own_rate = sitting["product_gflops"][level]
    torch = next(times.lines[times.fastest][0]["torch"] for times in rows if times.fastest)
    note = f" {sitting['note']}" if sitting["note"] else ""
    return "\n\n".join([
        f"## {LEVEL_NAMES[level]}, {sitting['cpu'].replace('(R)', '')}",
        textwrap.fill(
            f"{sitting['cores']} cores; PyTorch {torch}, Python {sitting['python']}; {sitting['date']}; "
            f"{sitting['rounds']} rounds, {sitting['seconds']} s each.{note} "
            f"modlab's kernels at level `{level}`. A product of 512×512 matrices alone reaches {own_rate:.0f} GFLOP/s "
            f"with OpenBLAS (its kernels `{line['blas_kernel']}`){peer_rate(rows)}. {verdict(rows)}", width=WIDTH,
            break_on_hyphens=False, break_long_words=False),
        main_table(rows), "All forms of the PyTorch implementation:", forms_table(rows)])


def peer_rate(rows):
    """The best rate of a product with PyTorch's library."""
    rates = [line["product_gflops"] for times in rows if times.fastest for line in times.lines[times.fastest]]
    return f" and {max(rates):.0f} with PyTorch's library" if rates else ""


def sittings_in(folder):
    """The sittings of a folder, in the order of their names, which begin with the date."""
    sittings = []
    for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
        with open(path, encoding="utf-8") as file:
            sittings.append(json.load(file))
    return sittings


def document(sittings):
    """The page of all sittings, by level and date."""
    with open(os.path.join(os.path.dirname(__file__), "performance.md.in"), encoding="utf-8") as template:
        text = template.read()
    sections = [
        level_section(sitting, level) for level in LEVEL_NAMES for sitting in sittings
        if level in sitting["product_gflops"]]
    return text.format(levels="\n\n".join(sections), equal=f"{EQUAL:.0%}")
