"""Tests of the table of four partitions; they need no packages."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PLOTS = Path(__file__).parent
sys.path.insert(0, str(PLOTS))

import partition_tables

HEADER = "study,variant,profile,seed,stage,partition,quantity,ties,metric,value\n"


class PartitionTablesTest(unittest.TestCase):
    """Makes the table from small results."""

    def test_means_follow_the_distribution_of_bates(self) -> None:
        self.assertIsNone(partition_tables.bates([]))
        self.assertAlmostEqual(partition_tables.bates([0.3]) or 0, 0.3)
        # Two numbers: the triangle of their sum, x²/2 up to 1, 1 − (2 − x)²/2 behind.
        self.assertAlmostEqual(partition_tables.bates([0.1, 0.3]) or 0, 0.08)
        self.assertAlmostEqual(partition_tables.bates([0.9, 0.7]) or 0, 0.92)
        self.assertAlmostEqual(partition_tables.bates([0.5] * 5) or 0, 0.5)
        self.assertEqual(partition_tables.bates([1.0] * 3), 1.0)

    def test_missing_tests_do_not_count(self) -> None:
        marks = partition_tables.benjamini_hochberg([0.04, None, 0.02, 0.9])
        self.assertEqual(marks, [False, False, False, False])
        marks = partition_tables.benjamini_hochberg([0.03, None, 0.01, 0.9])
        self.assertEqual(marks, [True, False, True, False])

    def test_networks_are_combined(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            results = Path(folder)
            (results / "partitions-importance").mkdir()
            lines = [
                f"p,mlp-local-weights,quick,{seed},trained,{name}local-weights-k16,importance,random,{metric},{value}"
                for seed, p in enumerate((0.1, 0.3))
                for name, shift in (("", 0), ("shuffled-", 0.5))
                for metric, value in (("fisher_exact_p", p + shift), ("effect", 1.5), ("n_sub_clusters", 40))
            ]
            text = HEADER + "\n".join(lines) + "\n"
            (results / "partitions-importance" / "cluster_test.csv").write_text(text, encoding="utf-8")
            command = [sys.executable, "-B", str(PLOTS / "partition_tables.py"), "--results", folder]
            subprocess.run(command, check=True, capture_output=True)
            table = (results / "tables" / "later.csv").read_text(encoding="utf-8").splitlines()
        self.assertEqual(table[1], "MLP MNIST,local-weights,importance,2,40,,0.2,1.5,0.08,no")


if __name__ == "__main__":
    unittest.main()
