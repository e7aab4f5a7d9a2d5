"""Tests of the figures of a page and of their texts; they are skipped where matplotlib is not installed."""

import importlib.util
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PLOTS = Path(__file__).parent
sys.path.insert(0, str(PLOTS))

HAS_MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None


@unittest.skipUnless(HAS_MATPLOTLIB, "matplotlib is not installed")
class AlternativeTextTest(unittest.TestCase):
    """Figures with known content."""

    def setUp(self) -> None:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt

        self.figure, self.axes = plt.subplots()
        self.addCleanup(plt.close, self.figure)

    def text(self) -> str:
        from alternative_text import describe

        return describe(self.figure)

    def test_bars_are_told_by_group_with_the_marks_of_controls(self) -> None:
        self.axes.bar([0, 1], [0.5, 0.25], 0.8, label="addition")
        self.axes.plot([-0.4, 0.4], [0.125, 0.125])
        self.axes.set_xticks([0, 1], ["first", "last"])
        self.axes.set_ylabel("accuracy")
        self.assertEqual(
            self.text(), "vertical axis: accuracy; bars: addition: first 0.5 (mark at 0.125), last 0.25."
        )

    def test_small_matrices_are_told_cell_by_cell(self) -> None:
        self.axes.imshow([[1, 2], [3, 4]])
        self.axes.set_xticks([0, 1], ["a", "b"])
        self.axes.set_yticks([0, 1], ["c", "d"])
        self.assertEqual(self.text(), "matrix: c: a 1, b 2; d: a 3, b 4.")

    def test_of_large_matrices_the_ends_are_told(self) -> None:
        self.axes.imshow([[10 * row + column for column in range(9)] for row in range(9)])
        names = [f"n{index}" for index in range(9)]
        self.axes.set_xticks(range(9), names)
        self.axes.set_yticks(range(9), names)
        self.assertEqual(
            self.text(), "a matrix of 9 rows and 9 columns, from 0 at n0, n0 to 88 at n8, n8."
        )

    def test_lines_are_told_at_some_points(self) -> None:
        self.axes.plot([0, 10, 20], [1, 2, 4], label="loss")
        self.assertEqual(self.text(), "loss: 1 at 0, 2 at 10, 4 at 20.")

    def test_points_are_told_by_their_ranges(self) -> None:
        self.axes.scatter([0, 1], [5, 7], label="seeds")
        self.assertIn("seeds: 2 points, horizontally from 0 to 1, vertically from 5 to 7", self.text())

    def test_histograms_are_told_by_tenths(self) -> None:
        self.axes.stairs([1, 2], [0, 0.5, 1], fill=True)
        self.assertIn("0 to 0.1: 1", self.text())
        self.assertIn("0.5 to 0.6: 2", self.text())

    def test_long_texts_are_cut_between_parts(self) -> None:
        for number in range(200):
            self.axes.plot([0, 1, 2], [1, 2, 3], label=f"line number {number}")
        self.assertLess(len(self.text()), 1900)
        self.assertTrue(self.text().endswith("; and more."))


@unittest.skipUnless(HAS_MATPLOTLIB, "matplotlib is not installed")
class ReportFiguresTest(unittest.TestCase):
    """The figures of a study whose tables are made up."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def draw(self, study: str) -> dict[str, list[dict[str, str]]]:
        pictures = self.folder / "pictures"
        pictures.mkdir()
        result = subprocess.run(
            [
                sys.executable,
                "-B",
                str(PLOTS / "report_figures.py"),
                str(self.folder / study),
                str(pictures),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def write(self, study: str, name: str, lines: list[str]) -> None:
        path = self.folder / study / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def test_a_study_of_ones_own_has_the_figures_that_fit_all_studies_of_masks(self) -> None:
        runs = ["study,variant,profile,seed,hash,status", "mine,main,quick,0,00,complete"]
        self.write("mine", "runs.csv", runs)
        row = "mine,main,quick,{},layers.0.weight,n_kept,1,0,{},,,,,,"
        header = "study,variant,profile,stage,layer,metric,n,n_failed,mean,std,sem,ci95_low,ci95_high,min,max"
        self.write(
            "mine", "layer_stats_summary.csv", [header, row.format("low", 5), row.format("high", 7)]
        )
        drawn = self.draw("mine")
        self.assertEqual([figure["name"] for figure in drawn["figures"]], ["kept_weights"])
        figure = drawn["figures"][0]
        self.assertEqual(figure["title"], "Number of weights each mask keeps, per layer")
        self.assertIn("low: 1 5", figure["alternative"].replace("output", "1"))
        self.assertTrue((self.folder / "pictures" / figure["file"]).is_file())
        self.assertEqual(drawn["lacking"], [])

    def test_a_study_of_a_paper_says_which_of_its_figures_lack_data(self) -> None:
        runs = ["study,variant,profile,seed,hash,status", "scan-lstm,main,quick,0,00,complete"]
        self.write("scan-lstm", "runs.csv", runs)
        drawn = self.draw("scan-lstm")
        self.assertEqual(drawn["figures"], [])
        self.assertIn("accuracy_summary.csv is missing", drawn["lacking"][0]["reason"])


if __name__ == "__main__":
    unittest.main()
