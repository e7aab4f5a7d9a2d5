"""Tests of the page of a sitting: `python3 -m unittest discover tools/bench`."""
import os
import unittest

from page import document, rows_of, sittings_in, verdict


def run(workload, program, times, number, **more):
    line = {
        "cpu_ms_per_step": times, "peak_rss_mib": 10.0, "parameters": 5, "kernel_level": "v3",
        "blas_kernel": "Haswell", "torch": "2", "gemm_ms_per_step": None, "product_gflops": 9.0, **more}
    return {
        "level": "v3", "workload": workload, "stage": "weights", "scope": None, "program": program, "round": number,
        "line": line}


def sitting(times, failures=()):
    """From workload to times of modlab and of the peer's eager form, one for each round."""
    runs = []
    for workload, (own, peer) in times.items():
        runs += [run(workload, "modlab", time, number) for number, time in enumerate(own)]
        runs += [run(workload, "eager", time, number) for number, time in enumerate(peer)]
    return {
        "date": "2024-05-31", "cpu": "a processor", "cores": 2, "python": "3", "rounds": 2, "seconds": 1.0,
        "note": None, "product_gflops": {"v3": 8.0}, "runs": runs, "failures": list(failures)}


DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")


class PageTests(unittest.TestCase):
    def test_the_page_in_the_documents_is_that_of_its_times(self):
        text = document(sittings_in(os.path.join(DOCS, "sittings")))
        with open(os.path.join(DOCS, "performance.md"), encoding="utf-8") as file:
            self.assertEqual(text, file.read(), "write the page anew: see tools/bench/compare.py")

    def test_words_follow_from_the_numbers(self):
        text = verdict(rows_of(sitting({
            "addmul-lstm": ([1.0, 2.0, 3.0], [4.0, 4.0, 9.0]), "scan-lstm": ([3.0, 3.0], [2.0, 2.0])})))
        self.assertIn("On 1 of 2 rows modlab is faster than the fastest form of PyTorch, by 2.00 to 2.00.", text)
        self.assertIn("within 5%: no row", text)
        self.assertIn("Slower: scan-lstm (weights) by 1.50.", text)

    def test_equality_is_the_same_in_both_directions(self):
        for own, peer in ((1.0, 1.04), (1.04, 1.0)):
            text = verdict(rows_of(sitting({"addmul-lstm": ([own], [peer])})))
            self.assertIn("Equal to within 5%: addmul-lstm (weights). Slower: no row.", text)
        for own, peer, word in ((1.0, 1.06, "On 1 of 1"), (1.06, 1.0, "Slower: addmul-lstm (weights) by 1.06.")):
            text = verdict(rows_of(sitting({"addmul-lstm": ([own], [peer])})))
            self.assertIn("Equal to within 5%: no row.", text)
            self.assertIn(word, text)

    def test_the_page_says_which_form_has_no_figures(self):
        failure = {"level": "v3", "row": "addmul-lstm weights", "form": "compiled", "reason": "does not finish in 1 s"}
        text = document([sitting({"addmul-lstm": ([1.0], [2.0])}, [failure])])
        self.assertIn("8 GFLOP/s with OpenBLAS (its kernels `Haswell`) and 9 with PyTorch's", text.replace("\n", " "))
        self.assertIn("| addmul-lstm | weights |  | 2.00 | does not finish in 1 s |", text)

    def test_an_earlier_program_has_columns_of_its_own(self):
        measured = sitting({"addmul-lstm": ([1.0], [2.0])})
        measured["runs"].append(run("addmul-lstm", "baseline", 3.0, 0))
        self.assertIn("| 1.00 | 3.00 | 3.00 | 2.00 | eager | **2.00** |", document([measured]))

    def test_networks_of_different_sizes_are_not_compared(self):
        measured = sitting({"addmul-lstm": ([1.0], [2.0])})
        measured["runs"][1]["line"]["parameters"] = 6
        with self.assertRaises(ValueError):
            rows_of(measured)


if __name__ == "__main__":
    unittest.main()
