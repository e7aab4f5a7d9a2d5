"""Tests of the reading of summary tables; they need no matplotlib."""

import contextlib
import io
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import layer_names
import tables

HEADER = "variant,profile,mask.beta,model.hidden,on,stage,layer,metric,n,n_failed,mean,std"
ROWS = """
main,quick,0.0001,32 32,true,add,layers.10.weight,n_kept,2,0,5,0.5
main,quick,0.0001,32 32,true,add,layers.9.weight,n_kept,2,1,4,0.5
main,quick,0.0001,32 32,true,add,all,n_kept,2,0,9,0.5
main,quick,1e-05,64,false,add,all,n_kept,1,0,7,
other,quick,0.0001,32 32,true,add,all,n_kept,2,0,3,0.5
"""


class TablesTest(unittest.TestCase):
    """Reads a small table from a folder of results."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.results = Path(folder.name)
        self.write("study")

    def write(self, first_column: str) -> None:
        """Writes the table with a name of its first column."""
        lines = [f"{first_column},{HEADER}"]
        lines += [f"addmul-fnn,{row}" for row in ROWS.strip().split("\n")]
        path = self.results / "addmul-fnn" / "layer_stats_summary.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def table(self, *where: str) -> tables.SummaryTable:
        """Reads the table with the conditions of a command line."""
        words = [str(self.results), "--output", "x.png"]
        for condition in where:
            words += ["--where", condition]
        parser = tables.argument_parser("a figure", "addmul-fnn", "main")
        return tables.selection(parser.parse_args(words)).table("layer_stats")

    def test_loader_needs_no_matplotlib(self) -> None:
        code = "import sys, tables; sys.exit('matplotlib' in sys.modules)"
        folder = Path(__file__).parent
        self.assertEqual(
            subprocess.run([sys.executable, "-B", "-c", code], cwd=folder).returncode, 0
        )

    def test_numbers_are_compared_as_numbers(self) -> None:
        for text in ["1e-4", "0.0001", "1E-4", "1.0e-04", ".0001"]:
            self.assertEqual(len(self.table(f"mask.beta={text}").rows), 3, text)
        self.assertEqual(len(self.table("mask.beta=0.00001").rows), 1)

    def test_lists_are_compared_element_by_element(self) -> None:
        for text in ["32 32", "[32,32]", "[32, 32]", "32,32", "[32.0, 32]"]:
            self.assertEqual(len(self.table(f"model.hidden={text}").rows), 3, text)
        for text in ["64", "[64]"]:
            self.assertEqual(len(self.table(f"model.hidden={text}").rows), 1, text)

    def test_texts_are_compared_as_texts(self) -> None:
        self.assertEqual(len(self.table("on=false").rows), 1)
        self.assertFalse(tables.same_value("nan", "NaN"))
        self.assertFalse(tables.same_value("add", "mul"))
        self.assertFalse(tables.same_value("1_0", "10"))
        self.assertFalse(tables.same_value("32 32", "32"))

    def test_what_is_there_is_named(self) -> None:
        with self.assertRaisesRegex(tables.TableError, "there are: 0.0001, 1e-05"):
            self.table("mask.beta=1e-3")
        with self.assertRaisesRegex(tables.TableError, "no column 'mask.betta'"):
            self.table("mask.betta=1e-3")

    def test_condition_without_equals_sign_is_refused(self) -> None:
        with contextlib.redirect_stderr(io.StringIO()) as errors:
            with self.assertRaises(SystemExit):
                self.table("mask.beta")
        self.assertIn("'mask.beta' is not of the form KEY=VALUE", errors.getvalue())

    def test_tables_of_both_forms_are_read(self) -> None:
        for name in ["study", "experiment"]:
            self.write(name)
            self.assertEqual(len(self.table().rows), 4, name)
        self.write("something")
        with self.assertRaisesRegex(tables.TableError, "no column 'study'"):
            self.table()

    def test_the_only_study_is_taken(self) -> None:
        (self.results / "addmul-fnn").rename(self.results / "mine")
        self.assertEqual(len(self.table().rows), 4)
        other = self.results / "other" / "layer_stats_summary.csv"
        other.parent.mkdir()
        other.write_text("study\n", encoding="utf-8")
        with self.assertRaisesRegex(tables.TableError, "there are: mine, other"):
            self.table()

    def test_layers_of_an_lstm(self) -> None:
        names = ["output.weight", "lstm.weight_hh_l0", "lstm.weight_ih_l1", "lstm.weight_ih_l0"]
        ordered = sorted(names, key=layer_names.natural_order)
        self.assertEqual(layer_names.layer_labels(ordered), ["input 1", "state 1", "input 2", "output"])
        both = ["encoder.lstm.weight_ih_l0", "decoder.lstm.weight_ih_l0"]
        self.assertEqual(layer_names.layer_labels(both), ["encoder\ninput 1", "decoder\ninput 1"])

    def test_summaries_and_orders(self) -> None:
        table = self.table("mask.beta=1e-4")
        self.assertEqual(table.layers(), ["layers.9.weight", "layers.10.weight"])
        summary = table.summary("n_kept", stage="add", layer="layers.9.weight")
        self.assertEqual(summary, tables.Summary(n=2, n_failed=1, mean=4, std=0.5))
        with self.assertRaisesRegex(tables.TableError, "choose one with --where mask.beta="):
            self.table().summary("n_kept", stage="add", layer="all")
        both = table.summaries("n_kept", stage="add", layer=["layers.9.weight", "layers.10.weight"])
        self.assertEqual(len(both), 2)
        self.assertIn(summary, both)
        with self.assertRaisesRegex(tables.TableError, r"stage = add\|mul;.*'modlab summarize'"):
            table.summaries("n_found", stage=["add", "mul"])


if __name__ == "__main__":
    unittest.main()
