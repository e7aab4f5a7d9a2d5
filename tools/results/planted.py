"""The tables of planted modules: what masks find where it is known what is needed."""

from markdown_tables import row
from numbers_in_text import number, with_spread
from recorded import RecordError, Results

ESTIMATORS = ("gumbel-sigmoid", "hard-concrete", "continuous-sparsification", "edge-popup", "magnitude")
#: What each of the planted sub-tasks needs is found better or worse; shown is the worse one.
SUB_TASKS = ("first", "second")
SHARED = {"mask_a": "first", "mask_b": "second", "layer": "all"}


def sigma(results: Results, study: str, table: str, variant: str, **keys: str) -> str:
    """Mean σ of masks, or of what is needed, and how many seeds have one if not all."""
    n_seeds = results.summary(study, "planted_sharing.sigma", "quick", variant, **SHARED, **keys).n
    try:
        found = results.summary(study, f"{table}.sigma", "quick", variant, **SHARED, **keys)
    except RecordError:
        return "not defined"
    if found.n == 0:
        return "not defined"
    lacking = "" if found.n == n_seeds else f" ({found.n} of {n_seeds} seeds)"
    return number(found.mean, ".2f") + lacking


def planted_units(results: Results) -> list[str]:
    """What masks of every unit and estimator find of planted modules that are separate."""
    lines = [
        row("unit", "estimator", "area", "against the other's", "needed kept", "others kept", "σ", "planted σ"),
        row("---", "---", *["---:"] * 6),
    ]
    single = ("weight", "row", "column")
    places = [
        *(("planted-separate", estimator, unit, {"mask.unit": unit}) for unit in single for estimator in ESTIMATORS),
        *(
            ("planted-units", f"{unit}-{estimator}", unit.replace("-and-", " × "), {})
            for unit in ("block", "row-and-weight", "column-and-weight", "row-and-column")
            for estimator in ESTIMATORS
        ),
    ]
    for study, variant, unit, keys in places:
        try:
            values = {
                metric: results.summaries(
                    study, f"planted_truth.{metric}", "quick", variant, stage=SUB_TASKS, layer="all", **keys
                )
                for metric in ("auroc", "auroc_other", "needed_kept", "others_kept")
            }
        except RecordError:
            continue
        areas = [min(values[name], key=lambda found: found.mean) for name in ("auroc", "auroc_other")]
        kept = [sum(found.mean for found in values[name]) / 2 for name in ("needed_kept", "others_kept")]
        shown = [with_spread(area, ".2f") for area in areas] + [number(share, ".2f") for share in kept]
        estimator = next(name for name in ESTIMATORS if variant.endswith(name))
        sigmas = [sigma(results, study, table, variant, **keys) for table in ("sharing", "planted_sharing")]
        lines.append(row(unit, estimator, *shown, *sigmas))
    return lines


def planted_dial(results: Results) -> list[str]:
    """σ of masks of planted modules that share more and more, beside that of what is needed."""
    study, key = "planted-dial", "model.shared"
    dial = results.table(study, "planted_sharing", "quick", ESTIMATORS[0]).values(key)
    lines = [row("unit", "estimator", *(f"dial at {step}" for step in dial)), row("---", "---", *["---:"] * len(dial))]
    places = [("planted_sharing", "needed weights", "planted", ESTIMATORS[0], "weight")]
    places += [("sharing", unit, estimator, estimator, unit) for unit in ("weight", "row") for estimator in ESTIMATORS]
    for table, *shown, variant, unit in places:
        sigmas = [sigma(results, study, table, variant, **{key: step, "mask.unit": unit}) for step in dial]
        lines.append(row(*shown, *sigmas))
    study = "planted-dial-units"
    recorded = {found["variant"] for found in results.runs(study, "quick")}
    for unit in ("column", "block", "row-and-weight", "column-and-weight", "row-and-column"):
        for estimator in ESTIMATORS:
            variant = f"{unit}-{estimator}"
            if variant in recorded:
                sigmas = [sigma(results, study, "sharing", variant, **{key: step}) for step in dial]
                lines.append(row(unit.replace("-and-", " × "), estimator, *sigmas))
    return lines
