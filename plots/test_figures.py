"""Tests of the figures; they are skipped where matplotlib is not installed.

With the folder of the smoke runs of all experiments in MODLAB_RESULTS, every figure is drawn.
"""

import csv
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PLOTS = Path(__file__).parent
sys.path.insert(0, str(PLOTS))

HAS_MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None
RESULTS = os.environ.get("MODLAB_RESULTS")

#: Figures that smoke runs have no data for, with what is said of them: their images have other
#: classes than CIFAR-10, their networks are right about none, no published images or networks are there, none of their
#: sub-clusters is important, and their masks are learned once.
WITHOUT_DATA = {
    "clusters_03_images": "is missing; fetch it with",
    "clusters_05d_vgg16": "no network 'vgg16' is given: make clusters-vgg NETWORK=FILE",
    "clusters_05e_vgg19": "no network 'vgg19' is given: make clusters-vgg NETWORK=FILE",
    "clusters_05f_resnet50": "no network 'resnet50' is given: make clusters-vgg NETWORK=FILE",
    "clusters_08_graph": "fewer than two sub-clusters are important",
    "figure_05_confusion_change": "no rows with stage = airplane",
    "class_drops": "no values to draw",
    "normalized_sharing_fnn": "sharing_summary.csv is missing",
}


def draw_all(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs draw_all.py."""
    return subprocess.run(
        [sys.executable, "-B", str(PLOTS / "draw_all.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Writes a table of the study that its folder is named after."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["study", *header])
        writer.writerows([[path.parent.name, *row] for row in rows])


def write_tensors(path: Path, tensors: Mapping[str, Any], metadata: Mapping[str, str]) -> None:
    """Writes arrays of F32 as a safetensors file."""
    header: dict[str, object] = {"__metadata__": metadata}
    content = b""
    for name, array in tensors.items():
        ends = [len(content), len(content) + array.nbytes]
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": ends}
        content += array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + content)


@unittest.skipUnless(HAS_MATPLOTLIB, "matplotlib is not installed")
class FiguresTest(unittest.TestCase):
    """Draws figures in processes of their own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_table_of_figures_is_that_of_the_documentation(self) -> None:
        listed = draw_all(".", "--list").stdout.splitlines()
        readme = (PLOTS / "README.md").read_text(encoding="utf-8").splitlines()
        self.assertEqual([line for line in readme if line.startswith("| `")], listed)

    def test_removed_weights_are_the_full_masks_on_average_over_classes(self) -> None:
        from removed_weights import removed_in_layer
        from tables import Selection

        header = ["variant", "profile", "seed", "stage", "layer", "metric", "value"]
        values = {0: {"cat": 0.1, "dog": 0.3}, 1: {"cat": 0.4, "dog": 0.4}}
        rows = [
            ["main", "quick", seed, stage, "x.weight", "removed_frac", value]
            for seed, stages in values.items()
            for stage, value in stages.items()
        ]
        write_table(self.folder / "cnn" / "layer_stats.csv", header, rows)
        shown = Selection(self.folder, "cnn", "quick", "main", ())
        summary = removed_in_layer(shown, "x.weight")
        # Seeds: 20 % and 40 %.
        self.assertEqual(summary.n, 2)
        self.assertAlmostEqual(summary.mean, 30)
        self.assertAlmostEqual(summary.std or 0, 200**0.5)

    def test_drop_of_classes(self) -> None:
        header = ["variant", "profile", "class", "metric", "n", "n_failed", "mean", "std"]
        rows = [
            ["no-dropout", "quick", name, metric, 2, 0, value, 0.1]
            for name, value in (("cat", 0.5), ("dog", 0.6))
            for metric in ("relative_drop", "worst_other_over_target")
        ]
        write_table(self.folder / "cifar10-cnn" / "class_drop_summary.csv", header, rows)
        result = draw_all(str(self.folder), "class_drops")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue((self.folder / "figures" / "class_drops.png").is_file())

    def test_pictures_of_recorded_results_have_captions(self) -> None:
        header = ["variant", "profile", "class", "metric", "n", "n_failed", "mean", "std"]
        rows = [
            ["no-dropout", "quick", "cat", metric, 2, 0, 0.5, 0.1]
            for metric in ("relative_drop", "worst_other_over_target")
        ]
        write_table(self.folder / "cifar10-cnn" / "class_drop_summary.csv", header, rows)
        recorded = self.folder / "recorded"
        for _ in range(2):
            result = subprocess.run(
                [sys.executable, "-B", str(PLOTS / "gallery.py"), str(self.folder), str(recorded)],
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual(result.returncode, 0, result.stderr)
        study = recorded / "cifar10-cnn"
        with (study / "figures.csv").open(encoding="utf-8") as file:
            figures = list(csv.DictReader(file))
        self.assertEqual([figure["figure"] for figure in figures], ["class_drops"])
        self.assertIn("n = 2", figures[0]["caption"])
        self.assertTrue((study / "figures" / "class_drops.webp").is_file())

    def test_imported_networks_are_found_by_their_model(self) -> None:
        import numpy as np

        from imported_networks import rows

        study = self.folder / "imported" / "vgg-coherence"
        header = ["variant", "profile", "network.weights", "seed", "hash", "status"]
        runs = [
            ["vgg-initial", "quick", f"{model}.safetensors", 0, model, "complete"]
            for model in ("resnet18", "vgg16_bn")
        ]
        write_table(study / "runs.csv", header, runs)
        for _, _, _, _, model, _ in runs:
            run = study / "runs" / f"vgg-initial-{model}" / "seed-00"
            run.mkdir(parents=True)
            architecture = json.dumps({"kind": "torchvision", "model": model})
            write_tensors(run / "weights.safetensors", {}, {"architecture": architecture})
            images = np.linspace(0, 1, 3 * 3 * 4 * 4, dtype=np.float32).reshape(3, 3, 4, 4)
            name = "imported/weights-k12/features.0"
            write_tensors(run / "features.safetensors", {f"{name}/{n}": images for n in range(2)}, {})
            write_table(run / "metrics" / "cov.csv", ["metric", "value"], [["median", 0.5]])
        names = ("clusters_05d_vgg16", "clusters_05e_vgg19")
        result = draw_all(str(self.folder), *names)
        self.assertEqual(result.returncode, 0, result.stderr)
        drawn = [(self.folder / "figures" / f"{name}.png").is_file() for name in names]
        self.assertEqual(drawn, [True, False])
        self.assertIn("clusters_05e_vgg19: no network 'vgg19' is given", result.stderr)
        found = [(row["variant"], row["seed"]) for row in rows(self.folder, "quick", study.name, "cov")]
        self.assertEqual(found, [("resnet18", "0"), ("vgg16", "1")])

    def test_names_may_follow_options(self) -> None:
        listed = draw_all(".", "--profile", "smoke", "--list", "mathematics").stdout
        self.assertEqual(listed.count("\n"), 1)

    def test_what_is_lacking_is_named(self) -> None:
        result = draw_all(str(self.folder), "figure_09_size_sharing", "mathematics")
        self.assertEqual(result.returncode, 1)
        self.assertIn("not drawn: figure_09_size_sharing: ", result.stderr)
        self.assertIn("math-transformer/accuracy_summary.csv is missing", result.stderr)

    @unittest.skipUnless(RESULTS, "no results of smoke runs are given")
    def test_every_figure_is_drawn(self) -> None:
        result = draw_all(str(RESULTS), "--profile", "smoke", "--output", str(self.folder))
        self.assertEqual(result.returncode, 0, result.stderr)
        listed = draw_all(".", "--list").stdout.splitlines()
        lines = result.stderr.splitlines()
        for name in (line.split("`")[1] for line in listed):
            reason = WITHOUT_DATA.get(name)
            if reason is None:
                self.assertTrue((self.folder / f"{name}.png").is_file(), f"{name}: {result.stderr}")
            else:
                said = [line for line in lines if line.startswith(f"not drawn: {name}: ")]
                self.assertIn(reason, "".join(said))


if __name__ == "__main__":
    unittest.main()
