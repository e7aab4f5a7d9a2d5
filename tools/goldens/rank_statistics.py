"""Writes the fixtures of Tests/StatisticsTests: p values of ranks among controls, and tests over many of them.

python tools/goldens/rank_statistics.py [FOLDER]     needs numpy, scipy, statsmodels, mpmath, scikit-learn (its version)

Tails of χ² are computed with 40 digits, exact tails of Fisher's statistic by convolution of its atoms on a grid, all
else by SciPy and statsmodels. Numbers have full double precision; null is NaN.
"""

import json
import math
import sys
from pathlib import Path

import mpmath
import numpy as np
import scipy
import sklearn
import statsmodels
from scipy import stats
from statsmodels.stats.multitest import multipletests

FOLDER = Path(__file__).resolve().parents[2] / "Tests" / "StatisticsTests" / "Fixtures"
VERSIONS = {
    "numpy": np.__version__,
    "scipy": scipy.__version__,
    "sklearn": sklearn.__version__,
    "statsmodels": statsmodels.__version__,
}

mpmath.mp.dps = 40


def plain(value: object) -> object:
    """Returns numpy's values as Python's, NaN as None, infinities as texts."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    if isinstance(value, dict):
        return {key: plain(element) for key, element in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None if value != value else str(value)
    return value


def save(folder: Path, name: str, content: dict[str, object]) -> None:
    """Writes a fixture."""
    (folder / f"{name}.json").write_text(json.dumps(plain(content), separators=(",", ":")))


# Tails


def chi_squared() -> dict[str, object]:
    """Upper tails of χ², down to 10⁻²⁵⁰, and their logarithms."""
    cases = []
    for df in (1, 2, 3, 9, 10, 20, 24, 54, 56, 130, 300):
        multiples = [df * 0.5, df - 0.5, df * 1.0, df * 1.5, df * 2.5, df * 5 + 10, df * 8 + 40]
        for x in [0.0, 1e-6, 0.3, 1.0, *multiples]:
            half = mpmath.mpf(x) / 2
            tail = mpmath.gammainc(mpmath.mpf(df) / 2, half, mpmath.inf, regularized=True)
            assert abs(float(tail) - stats.chi2.sf(x, df)) <= 1e-11 * float(tail) + 1e-300
            cases.append([x, df, float(tail), float(mpmath.log(tail))])
    return {
        "versions": VERSIONS,
        "columns": ["x", "df", "sf", "logsf"],
        "cases": cases,
        "rel_tol": 1e-10,
    }


def fisher(ranks: np.ndarray, controls: int) -> tuple[float, float]:
    """Returns Fisher's statistic of p = (rank + 1) / (controls + 1) less half a step, and its p by χ²."""
    p = (ranks + 1) / (controls + 1) - 0.5 / (controls + 1)
    statistic = float(-2 * np.log(p).sum())
    return statistic, float(stats.chi2.sf(statistic, 2 * len(p)))


def exact_fisher(ranks: np.ndarray, controls: int, cells: int) -> float:
    """Returns the exact p: the convolution of the equally likely costs −ln p, on a grid whose cells are a part of
    the largest cost. All terms are positive, so that the far tail keeps its relative accuracy."""
    costs = -np.log((np.arange(controls + 1) + 0.5) / (controls + 1))
    places = np.round(costs / (costs[0] / cells)).astype(int)
    distribution = np.ones(1)
    for _ in ranks:
        longer = np.zeros(len(distribution) + places.max())
        for place in places:
            longer[place : place + len(distribution)] += distribution
        distribution = longer / (controls + 1)
    return float(distribution[places[ranks].sum() :].sum())


def fisher_exact() -> dict[str, object]:
    """Exact tails of Fisher's statistic on two grids, for uniform and for small ranks."""
    random = np.random.RandomState(1)
    cases = []
    for controls, count in ((20, 28), (9, 27), (20, 5), (50, 12), (24, 100)):
        uniform = random.randint(0, controls + 1, count)
        small = np.minimum(random.geometric(0.35, count) - 1, controls)
        for ranks in (uniform, small):
            cases.append(
                {
                    "n_random": controls,
                    "ranks": ranks,
                    "fisher_p": fisher(ranks, controls)[1],
                    "fisher_exact_p": exact_fisher(ranks, controls, 2 ** (14 if count < 100 else 12)),
                    "grid_4096": exact_fisher(ranks, controls, 2**12),
                }
            )
    return {
        "rule": "P(sum of -ln((r+1/2)/(R+1)) over m ranks >= observed) for ranks uniform on 0..R; computed by "
        "direct convolution of positive terms on a grid of 2^14 cells (2^12 for m = 100)",
        "relative_tolerance": 0.02,
        "cases": cases,
    }


def combinations() -> dict[str, object]:
    """Fisher's and the categorical test over ranks of several kinds."""
    random = np.random.RandomState(7)
    cases = []
    for controls in (9, 20, 24, 50):
        for count in (1, 5, 28, 120):
            # In this order: two of them are drawn.
            for kind in ("uniform", "low", "allmin", "allmax"):
                ranks = {
                    "uniform": random.randint(0, controls + 1, count),
                    "low": np.minimum(random.geometric(0.3, count) - 1, controls),
                    "allmin": np.zeros(count, int),
                    "allmax": np.full(count, controls),
                }[kind]
                statistic, p = fisher(ranks, controls)
                counts = np.bincount(ranks, minlength=controls + 1)
                expected = counts.mean()
                chi2 = float(((counts - expected) ** 2 / expected).sum())
                cases.append(
                    {
                        "n_random": controls,
                        "kind": kind,
                        "ranks": ranks,
                        "fisher_stat": statistic,
                        "fisher_p": p,
                        "counts": counts,
                        "chi2_stat": chi2,
                        "chi2_p": float(stats.chi2.sf(chi2, controls)),
                    }
                )
    return {
        "versions": VERSIONS,
        "cases": cases,
        "rule": "p=(rank+1)/(n_random+1); Fisher on p-1/(2(n_random+1)), df=2m; chi2 over n_random+1 bins, "
        "expected=m/(n_random+1), df=n_random",
    }


# Ranks among controls


def percentiles() -> dict[str, object]:
    """p values of numbers with ties, by the published rule, conservatively, and with ties halved."""
    values = [0.5, 0.7, 0.7, 0.9, 0.9, 0.9, 1.1, 1.3]
    controls, count = np.array(values), len(values) + 1
    cases = [
        {
            "x": x,
            "left": (int((controls < x).sum()) + 1) / count,
            "right": (int((controls > x).sum()) + 1) / count,
            "left_conservative": (int((controls <= x).sum()) + 1) / count,
            "right_conservative": (int((controls >= x).sum()) + 1) / count,
            "left_mid": ((controls < x).sum() + 0.5 * (controls == x).sum() + 1) / count,
        }
        for x in (0.1, 0.5, 0.7, 0.9, 1.0, 1.3, 2.0)
    ]
    return {
        "versions": VERSIONS,
        "random": values,
        "cases": cases,
        "reference_mode": "left/right (strict comparison: ties count in favour of significance)",
    }


def tie_case(x: float, controls: list[float]) -> dict[str, object]:
    """The p values of one number in all modes; numbers that are not finite are the least extreme ones of the
    modes `mid` and `random`, and equal to each other."""
    count = len(controls) + 1
    case: dict[str, object] = {"x": x, "random": controls}
    beyond: dict[str, tuple[int, int]] = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        signed = [sign * value for value in controls]
        own = sign * x
        case[f"{side}_reference"] = (sum(value < own for value in signed) + 1) / count
        case[f"{side}_conservative"] = (sum(not value > own for value in signed) + 1) / count
        last = own if math.isfinite(own) else math.inf
        finite = [value if math.isfinite(value) else math.inf for value in signed]
        beyond[side] = (sum(value < last for value in finite), finite.count(last))
        case[f"{side}_mid"] = (beyond[side][0] + beyond[side][1] / 2 + 1) / count
    for side, (strict, ties) in beyond.items():
        for uniform in (0.0, 0.4, 0.999):
            rank = strict + math.floor(uniform * (ties + 1))
            case[f"{side}_random_u{uniform}"] = (rank + 1) / count
    return case


def ties() -> dict[str, object]:
    """p values among NaN and infinities."""
    nan, inf = math.nan, math.inf
    cases = [
        tie_case(nan, [1.0, 2.0, nan, 3.0]),
        tie_case(2.0, [nan, 1.0, 2.0, inf, 2.0, -inf]),
        tie_case(inf, [1.0, nan, inf]),
        tie_case(1.0, [1.0, 1.0, 1.0]),
        tie_case(nan, [nan, nan]),
    ]
    return {"null": "NaN", "cases": cases}


# Many tests


def multiple_tests() -> dict[str, object]:
    """Benjamini and Hochberg, and Holm, ties included."""
    many = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216, 0.222, 0.251, 0.269]
    many += [0.275, 0.34, 0.341, 0.384, 0.569, 0.594, 0.696, 0.762, 0.94, 0.942, 0.975, 0.986]
    lists: list[list[float]] = [
        [0.01, 0.04, 0.03, 0.005],
        many,
        [0.05, 0.05, 0.05],
        [1, 1, 1],
        [0, 0.5, 1],
        [0.02],
        [0.025, 0.05],
        [0.0167, 0.03, 0.05, 0.9],
        [0.051],
        [0.01, 0.01, 0.03, 0.03, 0.5],
    ]
    cases = []
    for p in lists:
        case: dict[str, object] = {"p": p}
        for name, method in (("bh", "fdr_bh"), ("holm", "holm")):
            rejected, adjusted, *_ = multipletests(p, 0.05, method)
            case |= {f"{name}_reject": rejected, f"{name}_adjusted": adjusted}
        cases.append(case)
    return {"versions": VERSIONS, "alpha": 0.05, "cases": cases}


def main() -> None:
    """Writes all fixtures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    save(folder, "chi2_sf", chi_squared())
    save(folder, "combine_pvalues", combinations())
    save(folder, "fisher_exact", fisher_exact())
    save(folder, "multiple_tests", multiple_tests())
    save(folder, "percentile_p", percentiles())
    save(folder, "percentile_p_ties", ties())


if __name__ == "__main__":
    main()
