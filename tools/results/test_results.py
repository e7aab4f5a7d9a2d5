"""Tests of the recorded results, and that every number which documents take from them is theirs."""

import csv
import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER))

from blocks import block, published_beta  # noqa: E402
from documents import DOCUMENTS, made  # noqa: E402
from nulls import NULLS, null_of  # noqa: E402
from numbers_in_text import number, references, renewed, value_of  # noqa: E402
from record import record, rounded  # noqa: E402
from recorded import REPOSITORY, RESULTS, RecordError, Results, read  # noqa: E402

LARGEST = 3_000_000

def write(path: Path, rows: list[dict[str, str]]) -> None:
    """Writes a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


class Study:
    """A folder of results as `modlab run` leaves it, with one table and one claim."""

    def __init__(self, folder: Path, profile: str, mean: float, layers: int = 1) -> None:
        self.folder = folder / profile / "toy"
        same = {"study": "toy", "variant": "main", "profile": profile}
        run = {**same, "seed": "0", "hash": "abc", "status": "complete", "seconds": "7200", "host": "here"}
        lost = {**run, "seed": "1", "status": "interrupted", "seconds": ""}
        write(self.folder / "runs.csv", [run, lost])
        numbers = {"n": "2", "n_failed": "0", "mean": str(mean), "std": "0.0123456789"}
        rows = [{**same, "layer": f"layers.{index}.weight", "metric": "kept", **numbers} for index in range(layers)]
        write(self.folder / "layers_summary.csv", rows)
        write(self.folder / "training_curve_summary.csv", rows)
        status = self.folder / "runs" / "main-abc" / "seed-00" / "status.json"
        status.parent.mkdir(parents=True)
        environment = {"modlab_version": "0.2.0", "git_commit": "c0ffee", "program_sha256": "5a", "host": "here"}
        status.write_text(json.dumps({"environment": environment}), encoding="utf-8")
        (self.folder / "sweep.json").write_text("{}", encoding="utf-8")
        claim = {
            **{"schema": "modlab-claim-1", "study": "toy", "subject": "main", "profile": profile, "id": "adds"},
            **{"claim": "It adds", "published": "well", "source": "a paper", "asks": "", "criterion": "> 0.5"},
            **{"n": 2, "mean": mean, "std": None, "verdict": "holds", "reason": None},
        }
        self.program = folder / f"modlab-{profile}"
        self.program.write_text(f"#!/bin/sh\ncat <<'EOF'\n{json.dumps(claim)}\nEOF\n", encoding="utf-8")
        self.program.chmod(0o755)

    def record(self, results: Path) -> str:
        """Records it."""
        return record(str(self.program), self.folder, results)


class RecordTest(unittest.TestCase):
    """Recording of small studies."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.results = self.folder / "results"

    def test_what_is_recorded(self) -> None:
        said = Study(self.folder, "quick", 0.987654321).record(self.results)
        self.assertEqual(said, "toy: 1 of 2 runs are complete")
        names = sorted(path.name for path in (self.results / "toy").iterdir())
        self.assertEqual(names, ["claims.csv", "layers_summary.csv", "programs.csv", "runs.csv"])
        results = Results(self.results)
        summary = results.summary("toy", "layers.kept", layer="layers.0.weight")
        self.assertEqual((summary.mean, summary.std, summary.n), (0.987654, 0.0123457, 2))
        self.assertEqual(results.claim("toy", "adds").mean, 0.987654)
        self.assertNotIn("host", read(self.results / "toy" / "runs.csv")[0])
        self.assertEqual(results.programs("toy", "quick")[0]["git_commit"], "c0ffee")
        lines = block(results, "runs")
        self.assertEqual(lines[2], "| toy | quick | 1 of 2, **unfinished** | 0 | 2.00 | 0.2.0 (c0ffee) |")

    def test_profiles_stand_beside_each_other_and_replace_themselves(self) -> None:
        for profile, mean in (("quick", 0.25), ("paper", 0.5)):
            Study(self.folder, profile, mean).record(self.results)
        Study(self.folder / "again", "quick", 0.75).record(self.results)
        results = Results(self.results)
        self.assertEqual(results.claim("toy", "adds", "quick").mean, 0.75)
        self.assertEqual(results.claim("toy", "adds", "paper").mean, 0.5)
        self.assertEqual(results.means("toy", "layers.kept", "paper"), [0.5])
        self.assertEqual(len(read(self.results / "toy" / "layers_summary.csv")), 2)
        line = block(results, "claims")[2]
        expected = "| toy | It adds | well | 0.75 | 0.5 | quick: 2; paper: 2 | quick: > 0.5; paper: > 0.5 |"
        self.assertTrue(line.startswith(expected), line)

    def test_large_tables_are_left_out_of_their_profile(self) -> None:
        Study(self.folder, "paper", 0.5).record(self.results)
        said = Study(self.folder, "quick", 0.5, layers=2000).record(self.results)
        self.assertTrue(said.endswith("too large: layers"), said)
        profiles = [row["profile"] for row in read(self.results / "toy" / "layers_summary.csv")]
        self.assertEqual(profiles, ["paper"])

    def test_searches(self) -> None:
        study = Study(self.folder, "quick", 0.5)
        folder = study.folder.rename(study.folder.parent / "addmul-fnn-tune")
        point = {"profile": "quick", "steps": "14000", "drop": "0.00512", "kept_frac": "0.223", "shared_frac": "0.47"}
        point |= {"claims_holding": "12", "claims_decided": "13", "found_beta": "0.0000578"}
        purposes = {"0.0001": "bracket", "0.0000193": "validity", "0.0000578": "validity", "0.000173": "validity"}
        points = [point | {"purpose": purpose, "beta": beta} for beta, purpose in purposes.items()]
        write(folder / "tune.csv", [*points, points[2] | {"steps": "7000"}])
        record(str(study.program), folder, self.results)
        names = sorted(path.name for path in (self.results / "addmul-fnn-tune").iterdir())
        self.assertEqual(names, ["programs.csv", "runs.csv", "tune.csv"])
        expected = (
            "| addmul-fnn | 0.0001 | 0.0001 | 5.8e−05 | 0.58 | 14,000 | 0.01 | 0.22 | 0.22, 0.22 | 0.47, 0.47, 0.47 "
            "| 12 of 13; 12 of 13; 12 of 13; 12 of 13 |"
        )
        self.assertEqual(block(Results(self.results), "searches")[2:], [expected])

    def test_published_betas_are_those_of_the_manifests(self) -> None:
        betas = {
            **dict.fromkeys(("addmul-fnn", "addmul-lstm", "double-add-lstm"), 1e-4),
            **{"double-add-fnn": 4e-4, "cifar10-cnn": 3e-4, "scan-lstm": 3e-5, "scan-transformer": 6e-4},
            **dict.fromkeys(("cifar10-resnet", "math-transformer"), 2e-5),
        }
        for study, beta in betas.items():
            self.assertEqual(published_beta(study), beta, study)

    def test_digits(self) -> None:
        shown = [rounded(text) for text in ("0.123456789", "12", "1e-20", "main", "3.0", "260800", "mask.beta")]
        self.assertEqual(shown, ["0.123457", "12", "1e-20", "main", "3", "260800", "mask.beta"])

    def test_zero_has_no_sign(self) -> None:
        shown = [number(value, ".2f") for value in (-0.001, -0.01, 0.0)]
        self.assertEqual(shown, ["0.00", "−0.01", "0.00"])

    def test_numbers_in_text(self) -> None:
        Study(self.folder, "quick", 0.987654321).record(self.results)
        results = Results(self.results)
        row = "toy layers.kept layer=layers.0.weight"
        self.assertEqual(value_of(results, f"{row} pm:.2f"), "0.99 ± 0.01")
        self.assertEqual(value_of(results, f"{row} mean:.0%"), "99 %")
        self.assertEqual(value_of(results, f"{row} n"), "2")
        text = f"kept: 17 %<!-- = {row} mean:.1% -->, claimed: −3.5 ± 2<!-- = toy adds pm:.2f -->."
        self.assertEqual(references(text), 2)
        self.assertEqual(re.sub("<!--.*?-->", "", renewed(results, text)), "kept: 98.8 %, claimed: 0.99.")
        for wrong in ("toy adds", "toy none mean", "toy layers.kept layer=none mean", f"{row} median"):
            with self.assertRaises(RecordError):
                value_of(results, wrong)
        with self.assertRaises(RecordError):
            references("many<!-- = toy adds mean -->")

    def test_tables_of_documents(self) -> None:
        Study(self.folder, "quick", 0.5).record(self.results)
        results = Results(self.results)
        text = "a\n<!-- results: runs -->\nold\n<!-- end of results -->\nb"
        self.assertIn("| toy | quick |", made(results, text))
        self.assertEqual(made(results, made(results, text)), made(results, text))
        for wrong in ("<!-- results: runs -->\n", "<!-- results: none -->\n<!-- end of results -->"):
            with self.assertRaises(RecordError):
                made(results, wrong)


class NullsTest(unittest.TestCase):
    """Values beside the claims."""

    def test_sharing_of_random_masks(self) -> None:
        # Multiplication keeps 0.4, 0.1, 0.2 and 0.5 of the layers: at the ends at least 0.4, between at most 0.2.
        with tempfile.TemporaryDirectory() as folder:
            same = {"study": "addmul-fnn", "variant": "main", "profile": "quick"}
            rows = [
                {**same, "stage": stage, "layer": f"layers.{index}.weight", "metric": "kept_frac"}
                | {"n": "3", "n_failed": "0", "mean": str(mean), "std": ""}
                for stage, means in (("add", (0.3, 0.1, 0.1, 0.2)), ("mul", (0.4, 0.1, 0.2, 0.5)))
                for index, mean in enumerate(means)
            ]
            write(Path(folder) / "addmul-fnn" / "layer_stats_summary.csv", rows)
            results = Results(Path(folder))
            text, value = null_of(results, "addmul-fnn", "claim-4", "quick") or ("", 0.0)
            self.assertEqual(text, "random masks of these sizes")
            self.assertAlmostEqual(value, 0.2)
            self.assertAlmostEqual((null_of(results, "addmul-fnn", "claim-5", "quick") or ("", -1.0))[1], 0)
            # No table, no null.
            self.assertIsNone(null_of(results, "addmul-fnn", "claim-own", "quick"))

    def test_every_null_belongs_to_a_claim(self) -> None:
        for study, nulls in NULLS.items():
            folder = "nulls" if study.endswith("-nulls") else "masks"
            manifest = (REPOSITORY / "experiments" / folder / f"{study}.yaml").read_text(encoding="utf-8")
            claims = set(re.findall(r"- id: ([\w-]+)", manifest))
            self.assertEqual(set(nulls) - claims, set(), study)


class RepositoryTest(unittest.TestCase):
    """The results and documents of the repository."""

    def test_documents_say_what_the_results_say(self) -> None:
        done = subprocess.run(
            [sys.executable, "-B", str(FOLDER / "documents.py"), "--check"],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_changed_number_is_noticed(self) -> None:
        results = Results()
        text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
        changed = text.replace("0.248 ± 0.001", "0.348 ± 0.001")
        self.assertTrue(changed != text, "the table of README has no such number")
        self.assertTrue(made(results, changed) == text)

    def test_documents_have_tables(self) -> None:
        found = {}
        for name in DOCUMENTS:
            path = REPOSITORY / name
            found[name] = path.is_file() and path.read_text(encoding="utf-8").count("<!-- results: ")
        for name in ("README.md", "experiments/README.md", "docs/gallery.md"):
            self.assertTrue(found[name], name)

    def test_the_results_are_small_and_name_no_machine(self) -> None:
        files = [path for path in RESULTS.rglob("*") if path.is_file()]
        self.assertLess(sum(path.stat().st_size for path in files), LARGEST)
        for path in files:
            if path.suffix == ".csv":
                text = path.read_text(encoding="utf-8")
                self.assertNotRegex(text, r"/(work|home|tmp|root)/", str(path))

    def test_every_picture_has_a_caption(self) -> None:
        results = Results()
        for study in results.studies():
            captions = sorted(figure["figure"] for figure in results.figures(study))
            pictures = sorted(path.stem for path in (RESULTS / study / "figures").glob("*.webp"))
            self.assertEqual(captions, pictures, study)

    def test_pictures_of_documents_exist(self) -> None:
        for name in DOCUMENTS:
            path = REPOSITORY / name
            text = path.read_text(encoding="utf-8") if path.is_file() else ""
            for link in re.findall(r"\(([^()\s]*experiments/results/[^()\s]*|results/[^()\s]*)\)", text):
                self.assertTrue((path.parent / link).exists(), f"{name}: {link}")


if __name__ == "__main__":
    unittest.main()
