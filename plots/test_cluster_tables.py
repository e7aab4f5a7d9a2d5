"""Tests of the wide tables of clusters; they need no packages."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PLOTS = Path(__file__).parent
sys.path.insert(0, str(PLOTS))

import cluster_tables

TESTS = "study,variant,profile,seed,stage,partition,quantity,ties,metric,value\n" + "".join(
    f"i,mlp-mnist,quick,{seed},pruned,weights-k{k},importance,{ties},{metric},{value}\n"
    for seed, value in enumerate((0.01, 0.2, 0.03))
    for k in (8, 12)
    for ties, metric in (("reference", "fisher_p"), ("random", "fisher_exact_p"))
)
MANY = "study,variant,profile,seed,network,quantity,test,procedure,metric,value\n" + "".join(
    f"m,{variant},quick,0,{network},importance,fisher,{procedure},{metric},{value}\n"
    for variant, p in (("published", 0.01), ("calibrated", 0.2))
    for network in ("own", "mlp-mnist")
    for procedure in ("bh", "holm")
    for metric, value in (("p", p), ("significant", int(p < 0.05)), ("n_tests", 2))
)


class ClusterTablesTest(unittest.TestCase):
    """Makes tables from small results."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.results = Path(folder.name)

    def write(self, study: str, table: str, text: str) -> None:
        """Writes a table of a study."""
        (self.results / study).mkdir(exist_ok=True)
        (self.results / study / f"{table}.csv").write_text(text, encoding="utf-8")

    def make(self) -> subprocess.CompletedProcess[str]:
        """Runs the script."""
        return subprocess.run(
            [sys.executable, "-B", str(PLOTS / "cluster_tables.py"), "--results", str(self.results)],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_medians_and_many_tests(self) -> None:
        self.write("cluster-importance", "cluster_test", TESTS)
        self.write("cluster-multiple-tests", "multiple_tests", MANY)
        result = self.make()
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = (self.results / "tables" / "t1b.csv").read_text(encoding="utf-8").splitlines()
        self.assertEqual(lines[1], "MLP MNIST,,0.03,,,,0.03,")
        lines = (self.results / "tables" / "t4.csv").read_text(encoding="utf-8").splitlines()
        # In the order of the published rows, networks of one's own behind them.
        self.assertEqual(lines[1], "MLP MNIST,importance,fisher,0.01,yes,0.2,no")
        self.assertEqual(lines[2], "own,importance,fisher,0.01,yes,0.2,no")

    def test_cells_that_change_side_are_marked(self) -> None:
        rows = [
            {"partition": f"weights-k{k}", "variant": "mlp-mnist", "quantity": "importance"}
            | {"ties": "reference", "metric": "fisher_p", "value": str(p)}
            for k, p in ((12, 0.04), (8, 0.06), (18, 0.01))
        ]
        table = cluster_tables.table_3(rows)
        self.assertEqual([row["importance_fisher_p"] for row in table[:2]], ["0.06*", 0.01])

    def test_quartiles_are_those_of_the_median_network(self) -> None:
        def row(seed: int, metric: str, value: float) -> dict[str, str]:
            keys = {"variant": "mlp-mnist", "partition": "weights-k12", "seed": str(seed)}
            return {**keys, "metric": metric, "value": str(value)}

        cov = [
            row(seed, metric, value + shift)
            for seed, value in enumerate((0.5, 0.9, 0.7))
            for metric, shift in (("q1", -0.1), ("median", 0.0), ("q3", 0.2))
        ]
        own = cluster_tables.table_6([], cov)[0]
        self.assertEqual([own["cov_med"], own["cov_q3"]], [0.7, 0.7 + 0.2])

    def test_imported_networks_have_rows(self) -> None:
        study = self.results / "imported" / "vgg-coherence"
        run = study / "runs" / "vgg-initial-abc" / "seed-00"
        (run / "metrics").mkdir(parents=True)
        runs = "study,variant,profile,seed,hash,status\nv,vgg-initial,quick,0,abc,complete\n"
        (study / "runs.csv").write_text(runs, encoding="utf-8")
        architecture = json.dumps({"kind": "torchvision", "model": "vgg16_bn"})
        header = json.dumps({"__metadata__": {"architecture": architecture}}).encode()
        (run / "weights.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
        tests = "stage,partition,quantity,ties,metric,value\n" + "".join(
            f"imported,weights-k12,{quantity},random,fisher_exact_p,{p}\n"
            for quantity, p in (("score", 0.25), ("entropy", 0.5))
        )
        (run / "metrics" / "cluster_test.csv").write_text(tests, encoding="utf-8")
        result = self.make()
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = (self.results / "tables" / "t1a.csv").read_text(encoding="utf-8").splitlines()
        self.assertIn("VGG-16,1,,,,,0.25,0.5", lines)
        self.assertIn("VGG-19,0,,,,,,", lines)

    def test_the_studies_to_run_are_named(self) -> None:
        result = self.make()
        self.assertEqual(result.returncode, 1)
        for study in ("cluster-importance", "cluster-multiple-tests", "cluster-coherence"):
            self.assertIn(f"run modlab run experiments/clusters/{study}.yaml", result.stderr)


if __name__ == "__main__":
    unittest.main()
