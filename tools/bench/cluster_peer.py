#!/usr/bin/env python3
"""The cluster jobs of `modlab bench` with scikit-learn and SciPy, on one thread: CPU seconds, one JSON line per job.

cluster_peer.py [spectral-mlp spectral-vgg pictures-mlp] [--rounds N]     needs numpy, scipy and scikit-learn
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
from scipy.stats import rankdata  # noqa: E402
from sklearn.cluster import SpectralClustering  # noqa: E402

PERCEPTRON = [784, 256, 256, 256, 256, 10]
VGG = [64, 64, 128, 128, 256, 256, 256] + [512] * 6

random = np.random.RandomState(0)


def adjacency(sizes: list[int], field: int) -> np.ndarray:
    """Returns the graph of Glorot-uniform weights; of convolutions, sums over kernels of `field` places."""
    starts = np.concatenate([[0], np.cumsum(sizes)])
    matrix = np.zeros((starts[-1], starts[-1]))
    for layer, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        bound = np.sqrt(6 / (field * (inputs + outputs)))
        block = np.abs(random.uniform(-bound, bound, (field, inputs, outputs))).sum(0)
        matrix[starts[layer] : starts[layer + 1], starts[layer + 1] : starts[layer + 2]] = block
    return matrix + matrix.T


def spectral(sizes: list[int], field: int) -> Callable[[], object]:
    """Returns the clustering of a network into 12 clusters."""
    matrix = adjacency(sizes, field)
    restarts = 25 if len(matrix) <= 2000 else 100
    model = SpectralClustering(12, affinity="precomputed", eigen_solver="arpack", n_init=restarts, random_state=0)
    return lambda: model.fit(matrix)


def pictures() -> Callable[[], object]:
    """Returns the rank correlations of neurons with pixels."""
    pixels = random.rand(9984, 784).astype(np.float32)
    neurons = np.maximum(random.normal(0, 1, (9984, 1024)), 0).astype(np.float32)

    def standardized(columns: np.ndarray) -> np.ndarray:
        ranks = rankdata(columns, axis=0)
        ranks -= ranks.mean(0)
        return ranks / np.linalg.norm(ranks, axis=0)

    return lambda: standardized(neurons).T @ standardized(pixels)


JOBS = {
    "spectral-mlp": lambda: spectral(PERCEPTRON, 1),
    "spectral-vgg": lambda: spectral(VGG, 9),
    "pictures-mlp": pictures,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jobs", nargs="*", help=", ".join(JOBS))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for name in options.jobs or JOBS:
        job = JOBS[name]()
        seconds = []
        for _ in range(options.rounds):
            start = time.process_time()
            job()
            seconds.append(time.process_time() - start)
        median = round(statistics.median(seconds), 3)
        print(json.dumps({"job": name, "rounds": options.rounds, "cpu_seconds": median}), flush=True)
