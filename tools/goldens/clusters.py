"""Writes the fixtures of Tests/ClustersTests, as SciPy and scikit-learn compute them.

OMP_NUM_THREADS=1 python tools/goldens/clusters.py [FOLDER]     needs numpy, scipy and scikit-learn

Graphs with eigenvalues and partitions, k-means, ranks, signs. Numbers have full double precision; null means undefined.
Weights come from the output function of SplitMix64, which the tests have as well, so that large graphs need not be
stored.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy import linalg, sparse, stats
from sklearn.cluster import KMeans, SpectralClustering

FOLDER = Path(__file__).resolve().parents[2] / "Tests" / "ClustersTests" / "Fixtures"
VERSIONS = {"numpy": np.__version__, "scipy": scipy.__version__, "sklearn": sklearn.__version__}


def plain(value: object) -> object:
    """Returns numpy's values as Python's, undefined numbers as None."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, dict):
        return {key: plain(element) for key, element in value.items()}
    return None if isinstance(value, float) and value != value else value


def save(folder: Path, name: str, **content: object) -> None:
    """Writes a fixture."""
    text = json.dumps(plain({"versions": VERSIONS, **content}), separators=(",", ":"))
    (folder / f"{name}.json").write_text(text + "\n")


# Numbers that the tests can make as well.


def uniform(seed: int, count: int) -> np.ndarray:
    """Returns u_i = (splitmix(seed·2³² + i) >> 11)·2⁻⁵³."""
    with np.errstate(over="ignore"):
        z = (np.uint64(seed) << np.uint64(32)) + np.arange(count, dtype=np.uint64)
        z = z + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-53


def planted(sizes: list[int], clusters: int, up: float, down: float, seed: int) -> list[np.ndarray]:
    """Returns layers whose units i and j prefer each other when i ≡ j modulo the number of clusters."""
    layers = []
    for layer, (rows, columns) in enumerate(zip(sizes, sizes[1:])):
        u = uniform(seed + layer, rows * columns).reshape(rows, columns)
        same = np.arange(rows)[:, None] % clusters == np.arange(columns)[None, :] % clusters
        layers.append((2 * u - 1) * np.where(same, up, down))
    return layers


def pruned(layers: list[np.ndarray], share: float) -> list[np.ndarray]:
    """Returns the layers with the share of smallest magnitude set to 0."""
    result = []
    for weight in layers:
        flat = weight.flatten()
        flat[np.argsort(np.abs(flat), kind="stable")[: round(share * flat.size)]] = 0
        result.append(flat.reshape(weight.shape))
    return result


# Graphs.


def adjacency(layers: list[np.ndarray]) -> np.ndarray:
    """Returns the matrix of absolute weights."""
    sizes = [layers[0].shape[0]] + [weight.shape[1] for weight in layers]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    matrix = np.zeros((starts[-1], starts[-1]))
    for index, weight in enumerate(layers):
        rows = slice(starts[index], starts[index + 1])
        matrix[rows, starts[index + 1] : starts[index + 2]] = np.abs(weight)
    return matrix + matrix.T


def normalized_cut(matrix: np.ndarray, labels: np.ndarray) -> float:
    """Returns Σ cut / (vol + 10⁻⁸)."""
    result = 0.0
    for label in np.unique(labels):
        inside = labels == label
        result += matrix[np.ix_(inside, ~inside)].sum() / (matrix[inside].sum() + 1e-8)
    return float(result)


def kept(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the graph without isolated vertices, and which are kept."""
    keep = matrix.sum(1) > 0
    return matrix[np.ix_(keep, keep)], keep


def eigenvectors(graph: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns all eigenpairs of L u = λ D u."""
    degrees = np.diag(graph.sum(1))
    return linalg.eigh(degrees - graph, degrees)


def facts(matrix: np.ndarray, clusters: int) -> dict[str, object]:
    """Returns what is compared of a graph and its partition."""
    graph, keep = kept(matrix)
    values, vectors = eigenvectors(graph)
    rows = vectors[:, :clusters]
    projector = rows @ rows.T
    fits = [KMeans(clusters, n_init=20, random_state=seed).fit(rows) for seed in range(5)]
    model = SpectralClustering(clusters, affinity="precomputed", eigen_solver="arpack", n_init=25, random_state=42)
    labels = model.fit(graph).labels_
    return {
        "k": clusters,
        "n_kept": int(keep.sum()),
        "isolated": np.where(~keep)[0],
        "components": int(sparse.csgraph.connected_components(sparse.csr_matrix(graph), directed=False)[0]),
        "eigenvalues_first": values[: max(clusters, 12) + 2],
        "projector_trace": float(np.trace(projector)),
        "projector_row0_first8": projector[0, :8],
        "sklearn_labels": labels,
        "sklearn_ncut": normalized_cut(graph, labels),
        "best_kmeans_inertia": float(min(fit.inertia_ for fit in fits)),
    }


def best_inertia(matrix: np.ndarray, clusters: int, is_weighted: bool) -> float:
    """Returns the best inertia of many restarts, of rows that may be weighted by degree."""
    graph, _ = kept(matrix)
    weights = graph.sum(1) if is_weighted else None
    rows = eigenvectors(graph)[1][:, :clusters]
    fit = KMeans(clusters, n_init=10_000, random_state=0).fit(rows, sample_weight=weights)
    return float(fit.inertia_)


def write_graphs(folder: Path) -> None:
    """Writes graph60, graph1044, ncut_small and weighted."""
    sizes = [20, 16, 14, 10]
    layers = [np.round(weight, 6) for weight in planted(sizes, 4, 1.0, 0.25, 101)]
    layers[1][5, :] = 0
    layers[0][:, 5] = 0
    small = adjacency(layers)
    save(folder, "graph60", layer_sizes=sizes, weights=layers, **{f"k{k}": facts(small, k) for k in (4, 12)})
    save(
        folder,
        "weighted",
        **{
            f"graph60_k{k}": {"plain": best_inertia(small, k, False), "weighted": best_inertia(small, k, True)}
            for k in (4, 12)
        },
    )

    sizes = [400, 256, 256, 122, 10]
    layers = planted(sizes, 6, 1.0, 0.5, 201)
    graphs = {"dense": adjacency(layers), "pruned90": adjacency(pruned(layers, 0.9))}
    save(
        folder,
        "graph1044",
        layer_sizes=sizes,
        first_weights=[weight.flatten()[:5] for weight in layers],
        **{f"{name}_k{k}": facts(graph, k) for name, graph in graphs.items() for k in (6, 12)},
    )

    two = [np.array([[12, -1.3], [0, 7.4]]), np.array([[-8.9, 0.15], [0.23, -5.7]])]
    four = [
        np.array([[5.4, 0.03, 0, 0], [0, 0, -0.4, 5.5], [-12, 0, 4.8, -0.07], [0, 6.3, 0.001, 7]]),
        np.array([[-13.3, -0.4, 6, 0.1], [0.7, -8, 0, -5.8], [7.4, 0.3, -15, 0], [0, 0, 0, -12.3]]),
    ]
    cases = [(two, [0, 1] * 3), (four, [1, 0] * 6)]
    save(
        folder,
        "ncut_small",
        cases=[
            {"weights": weights, "labels": labels, "ncut": normalized_cut(adjacency(weights), np.array(labels))}
            for weights, labels in cases
        ],
    )


def write_k_means(folder: Path) -> None:
    """Writes kmeans: Lloyd's iteration from given centres, one of which stays empty in the second case."""
    points = np.round(uniform(401, 180).reshape(60, 3) + np.repeat(np.eye(3) * 1.5, 20, 0), 4)

    def fit(start: np.ndarray) -> dict[str, object]:
        model = KMeans(3, init=start, n_init=1, max_iter=300, tol=1e-4, algorithm="lloyd").fit(points)
        return {"init": start, "centers": model.cluster_centers_, "labels": model.labels_, "inertia": model.inertia_}

    empty = fit(np.vstack([points[0], points[1], [50.0, 50.0, 50.0]]))
    save(folder, "kmeans", points=points, empty_cluster_case=empty, **fit(points[[0, 1, 25]]))


def write_convolutions(folder: Path) -> None:
    """Writes conv_graph: norms of kernel slices, and batch normalisation."""
    kernel = np.round(2 * uniform(501, 180).reshape(3, 3, 4, 5) - 1, 4)
    gamma, variance = np.array([1.0, -0.5, 2.0, 0.1, 0.7]), np.array([0.5, 1.2, 0.01, 3.0, 0.9])
    factors = np.abs(gamma) / np.sqrt(variance + 1e-3)
    sums = np.abs(kernel).sum((0, 1))
    slices = [[np.abs(kernel[:, :, i, o]) for o in range(5)] for i in range(4)]
    save(
        folder,
        "conv_graph",
        kernel_hwio=kernel,
        bn_gamma=gamma,
        bn_moving_var=variance,
        l1_slices=sums,
        l2_slices=np.sqrt((kernel**2).sum((0, 1))),
        column_slices=[[np.linalg.norm(part, 1) for part in row] for row in slices],
        spectral_slices=[[np.linalg.norm(part, 2) for part in row] for row in slices],
        l1_slices_bn_outputs=sums * factors,
        l1_slices_bn_inputs=sums * factors[:4, None],
    )


def write_pictures(folder: Path) -> None:
    """Writes spearman and sign_alignment."""
    pairs = []
    for a, b in [
        ([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]),
        ([0, 0, 0, 1, 1, 2], [3, 1, 2, 2, 5, 5]),
        ([1, 1, 1, 1], [1, 2, 3, 4]),
        ([0, 0, 0.3, 0.3, 0.9, 1, 0, 0], [9, 9, 9, 1, 1, 1, 4, 4]),
        ([1, 2, 3, 4], [4, 3, 2, 1]),
    ]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rho = float(stats.spearmanr(a, b)[0])
        pairs.append({"a": a, "b": b, "ranks_a": stats.rankdata(a), "ranks_b": stats.rankdata(b), "rho": rho})
    examples = np.round(np.maximum(0, uniform(301, 240).reshape(40, 6) - 0.4), 1)
    matrix = stats.spearmanr(examples)[0]
    save(folder, "spearman", pairs=pairs, matrix_rows_are_examples=examples, matrix_rho=matrix)

    vectors = np.round(2 * uniform(601, 84).reshape(7, 12) - 1, 4)
    vectors += np.array([1, -1, 1, 1, -1, -1, 1])[:, None] * 0.6
    gram = vectors @ vectors.T
    norms = np.sqrt(np.diag(gram))
    cosines = gram / np.outer(norms, norms)
    np.fill_diagonal(cosines, 0)
    signs, sweeps = np.ones(7), []
    for _ in range(20):
        for unit in range(7):
            if (signs[unit] * signs * cosines[unit]).sum() < 0:
                signs[unit] = -signs[unit]
        sweeps.append(signs.copy())
    mean = (vectors * signs[:, None]).mean(0)
    save(
        folder,
        "sign_alignment",
        vectors=vectors,
        cosines=cosines,
        signs_after_sweep=sweeps[:4],
        final_signs=signs,
        mean_vector=mean,
    )


def write_activation_graph(folder: Path) -> None:
    """Writes activation_graph: squared rank correlations of units of three layers, with ties and a constant unit."""
    sizes, examples = [5, 4, 3], 40
    columns = np.round(8 * uniform(701, examples * sum(sizes)).reshape(examples, -1) - 4) / 8
    columns[:, 1::2] += columns[:, :1]
    columns[:, 7] = 0.25
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        squares = np.nan_to_num(stats.spearmanr(columns)[0] ** 2)
    np.fill_diagonal(squares, 0)
    save(folder, "activation_graph", sizes=sizes, examples=examples, adjacency=squares)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    write_graphs(target)
    write_k_means(target)
    write_convolutions(target)
    write_pictures(target)
    write_activation_graph(target)
