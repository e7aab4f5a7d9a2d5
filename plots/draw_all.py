"""Draws every figure of the papers that the results have data for, and names what the others lack."""

import argparse
import importlib
import sys
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt

import cluster_features
from drawing import STYLE, save
from tables import Selection, TableError


@dataclass(frozen=True)
class Drawing:
    """One picture: its name, its script and the script's options."""

    name: str
    script: str
    study: str
    variant: str = "main"
    where: tuple[tuple[str, str], ...] = ()
    options: tuple[tuple[str, str], ...] = ()


TOGETHER = (("model.mode", "together"),)
ONE_AT_A_TIME = (("model.mode", "only-one-io"),)
NOT_RESET = (("transfer.reset_first_layer", "false"),)
INVERSE = (("mode", "inverse"),)
SINGLE_WEIGHTS = (("mask.unit", "weight"),)
KEEPING_IO = (("inverse", "inverse-io-full"),)


def cnn(variant: str) -> list[Drawing]:
    """Returns the figures of the network on CIFAR-10, in one of its variants."""
    return [
        Drawing(
            "figure_05_confusion_change",
            "confusion_change",
            "cifar10-cnn",
            variant,
            (("stage", "airplane"),),
        ),
        Drawing("figure_16_removed_weights", "removed_weights", "cifar10-cnn", variant),
        Drawing("figure_17_class_confusion", "class_confusion", "cifar10-cnn", variant),
        Drawing("figure_18_confusion_change", "confusion_change", "cifar10-cnn", variant),
    ]


def panels(figure: str, script: str, study: str, variants: dict[str, str]) -> list[Drawing]:
    """Returns the panels of a figure: one for each variant of a study, with the letter that it has."""
    return [
        Drawing(f"{figure}{letter}_{variant.replace('-', '_')}", script, study, variant)
        for variant, letter in variants.items()
    ]


def clusters() -> list[Drawing]:
    """Returns the figures of the studies of clusters."""
    vectors = {"mnist": "a", "fashion": "b", "halves-same": "c", "halves-diff": "d"}
    stacks = {"stack-same": "a", "stack-diff": "b"}
    looked_for = {"mlp-mnist": "a", "mlp-mnist-fourier": "a", "cnn-mnist": "b"}
    return [
        *panels("clusters_01", "cluster_pictures", "cluster-pictures", vectors),
        Drawing("clusters_03_images", "composed_images", "cluster-pictures", "mnist"),
        *panels("clusters_04", "cluster_pictures", "cluster-pictures", stacks),
        *panels("clusters_05", "cluster_features", "cluster-coherence", looked_for),
        Drawing("clusters_05c_vgg", "cluster_features", "vgg-coherence", "vgg-unregularised"),
        *(
            Drawing(
                f"clusters_05{letter}_{network}",
                "cluster_features",
                "vgg-coherence",
                "vgg-initial",
                options=(("network", network),),
            )
            for letter, network in zip("def", cluster_features.NETWORKS)
        ),
        Drawing(
            "clusters_02_lesions", "cluster_lesions", "cluster-importance", "mlp-fashion-dropout"
        ),
        Drawing("clusters_06_profiles_mlp", "cluster_profiles", "cluster-importance", "mlp-fashion"),
        Drawing("clusters_06_profiles_cnn", "cluster_profiles", "cluster-importance", "cnn-fashion"),
        *(
            Drawing(name, script, "cluster-dependency", "mlp-fashion-dropout")
            for name, script in (
                ("clusters_07_cases", "cluster_cases"),
                ("clusters_08_graph", "cluster_dependency_graph"),
            )
        ),
        Drawing(
            "clusters_09_dependencies",
            "cluster_dependencies",
            "cluster-dependency",
            "mlp-fashion-dropout",
        ),
        Drawing(
            "clusters_calibration",
            "cluster_calibration",
            "cluster-importance",
            "mlp-fashion-dropout",
        ),
        Drawing("clusters_cuts", "cluster_cuts", "clusterability", "mnist-plain"),
        Drawing(
            "clusters_eigenvalues", "cluster_eigenvalues", "clusterability", "fashion-dropout"
        ),
        Drawing("clusters_weights", "ordered_weights", "clusterability", "fashion-dropout"),
    ]


def drawings(variant: str) -> list[Drawing]:
    """Returns all figures: those of the workshop paper on masks by number, those of the ICLR paper,
    then those of clusters."""
    return [
        Drawing("figure_01_shared_weights_fnn", "shared_weights", "addmul-fnn"),
        Drawing("figure_01_shared_weights_lstm", "shared_weights", "addmul-lstm"),
        Drawing("figure_02_operations_fnn", "operations_performed", "addmul-fnn"),
        Drawing("figure_03_pairs_fnn", "mask_accuracy", "double-add-fnn", "big"),
        Drawing("figure_03_pairs_lstm", "mask_accuracy", "double-add-lstm", where=TOGETHER),
        Drawing("figure_04a_scan_accuracy", "scan_accuracy", "scan-lstm"),
        Drawing("figure_04b_scan_output_map", "scan_output_map", "scan-lstm"),
        *cnn(variant)[:1],
        Drawing(
            "figure_06a_mask_histogram",
            "mask_histogram",
            "addmul-fnn",
            options=(("version", "without-zero"),),
        ),
        Drawing(
            "figure_06b_mask_histogram",
            "mask_histogram",
            "addmul-fnn",
            options=(("version", "all"),),
        ),
        Drawing("figure_07a_regularisation_big", "regularisation", "addmul-fnn-beta", "big"),
        Drawing("figure_07b_regularisation_medium", "regularisation", "addmul-fnn-beta", "medium"),
        Drawing("figure_08_accuracy_fnn", "mask_accuracy", "addmul-fnn"),
        Drawing("figure_08_accuracy_lstm", "mask_accuracy", "addmul-lstm"),
        Drawing("figure_09_size_sharing", "size_sharing", "addmul-fnn-size"),
        Drawing("figure_10_operations_lstm", "operations_performed", "addmul-lstm"),
        Drawing("figure_11a_kept_weights_fnn", "kept_weights", "addmul-fnn"),
        Drawing("figure_11b_kept_weights_lstm", "kept_weights", "addmul-lstm"),
        Drawing("figure_12a_shared_weights_fnn", "shared_weights", "double-add-fnn", "big"),
        Drawing(
            "figure_12b_shared_weights_lstm", "shared_weights", "double-add-lstm", where=TOGETHER
        ),
        Drawing("figure_13_one_at_a_time", "mask_accuracy", "double-add-lstm", where=ONE_AT_A_TIME),
        Drawing("figure_14_transfer", "transfer_sharing", "permuted-mnist", "base", NOT_RESET),
        Drawing(
            "figure_15a_prefer_old", "transfer_sharing", "permuted-mnist", "prefer-old", NOT_RESET
        ),
        Drawing(
            "figure_15b_prefer_old_more",
            "transfer_sharing",
            "permuted-mnist",
            "prefer-old-more",
            NOT_RESET,
        ),
        *cnn(variant)[1:],
        Drawing("overlap_operations_fnn", "mask_overlap", "addmul-fnn"),
        Drawing("overlap_operations_lstm", "mask_overlap", "addmul-lstm"),
        Drawing("overlap_pairs_fnn", "mask_overlap", "double-add-fnn", "big"),
        Drawing("overlap_pairs_lstm", "mask_overlap", "double-add-lstm", where=TOGETHER),
        Drawing(
            "first_full_mask_fnn", "mask_accuracy", "double-add-fnn", "big", options=KEEPING_IO
        ),
        Drawing(
            "first_full_mask_lstm",
            "mask_accuracy",
            "double-add-lstm",
            where=TOGETHER,
            options=KEEPING_IO,
        ),
        Drawing("operations_inverse_fnn", "operations_performed", "addmul-fnn", options=INVERSE),
        Drawing("operations_inverse_lstm", "operations_performed", "addmul-lstm", options=INVERSE),
        Drawing("half_masks", "half_masks", "addmul-fnn"),
        Drawing("robustness_operations_fnn", "robustness", "addmul-fnn"),
        Drawing("robustness_operations_lstm", "robustness", "addmul-lstm"),
        Drawing("robustness_pairs_fnn", "robustness", "double-add-fnn", "big"),
        Drawing("normalized_sharing_fnn", "normalized_sharing", "addmul-fnn"),
        Drawing("planted_dial", "planted_dial", "planted-dial", where=SINGLE_WEIGHTS),
        Drawing("planted_truth", "planted_truth", "planted-separate"),
        Drawing("interference", "interference", "addmul-interference"),
        Drawing("scan_output_removed_lstm", "scan_output_removed", "scan-lstm"),
        Drawing("scan_output_removed_transformer", "scan_output_removed", "scan-transformer"),
        Drawing("scan_output_map_transformer", "scan_output_map", "scan-transformer"),
        Drawing("scan_baseline", "scan_baseline", "scan-baseline", "lstm"),
        Drawing("mathematics", "mathematics", "math-transformer", "add-or-sub"),
        Drawing("class_drops", "class_drops", "cifar10-cnn", variant),
        Drawing("confusion_change_resnet", "confusion_change", "cifar10-resnet"),
        Drawing("removed_weights_resnet", "removed_weights", "cifar10-resnet"),
        Drawing("mask_stability", "mask_stability", "cifar10-mask-stability", "pairs"),
        *clusters(),
    ]


def main() -> int:
    """Draws, and returns 1 when no figure has data or one has failed otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="folder of results, as of 'modlab run --out'")
    parser.add_argument(
        "--output", type=Path, help="folder of the pictures (default: figures within the results)"
    )
    parser.add_argument("--profile", default="quick")
    parser.add_argument("--variant", default="no-dropout", help="variant of cifar10-cnn")
    parser.add_argument("--format", choices=("png", "pdf", "svg"), default="png")
    parser.add_argument("--list", action="store_true", help="list names, scripts and options only")
    parser.add_argument("names", nargs="*", help="the figures to draw (default: all)")
    arguments = parser.parse_intermixed_args()
    chosen = [
        entry
        for entry in drawings(arguments.variant)
        if not arguments.names or entry.name in arguments.names
    ]
    if arguments.list:
        for entry in chosen:
            print(f"| `{entry.name}` | `{entry.script}.py` | `{command(entry)}` |")
        return 0
    folder = arguments.output or arguments.results / "figures"
    lacking = 0
    for entry in chosen:
        try:
            draw(entry, arguments, folder / f"{entry.name}.{arguments.format}")
        except TableError as error:
            lacking += 1
            print(f"not drawn: {entry.name}: {error}", file=sys.stderr)
    print(f"{len(chosen) - lacking} of {len(chosen)} figures drawn in {folder}")
    return 1 if lacking == len(chosen) else 0


def draw(
    entry: Drawing, arguments: argparse.Namespace, path: Path, **style: float
) -> tuple[str, str]:
    """Draws one figure of the results into a file; returns the script's title and the caption."""
    shown = Selection(arguments.results, entry.study, arguments.profile, entry.variant, entry.where)
    script = importlib.import_module(entry.script)
    with plt.rc_context({**STYLE, **style}):
        figure, text = script.draw(shown, **dict(entry.options))
        save(figure, path, text)
    return (script.__doc__ or "").strip().splitlines()[0], text


def command(entry: Drawing) -> str:
    """Returns the options with which the script draws a figure."""
    words = [f"--study {entry.study}"]
    words += [f"--variant {entry.variant}"] if entry.variant != "main" else []
    words += [f"--where {key}={value}" for key, value in entry.where]
    words += [f"--{key} {value}" for key, value in entry.options]
    return " ".join(words)


if __name__ == "__main__":
    sys.exit(main())
