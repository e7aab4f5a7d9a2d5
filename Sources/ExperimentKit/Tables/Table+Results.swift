extension Table {
  /// Accuracies and losses.
  public static let accuracy = Table(
    "accuracy", keys: [Key("stage"), Key("mask_mode"), Key("eval_set")],
    metrics: ["accuracy", "loss", "n_examples"])

  /// Counts and fractions of kept and shared weights.
  public static let layerStats = Table(
    "layer_stats", keys: [Key("stage"), Key("layer")],
    metrics: [
      "n_weights", "n_kept", "kept_frac", "n_shared", "shared_frac", "remaining_frac",
      "removed_frac",
    ])

  /// Overlap of two masks.
  public static let pairOverlap = Table(
    "pair_overlap", keys: [Key("mask_a"), Key("mask_b"), Key("layer")],
    metrics: ["n_a", "n_b", "n_inter", "n_union", "iou", "iomin", "iou_chance"])

  /// Confusion matrices.
  public static let confusion = Table(
    "confusion", keys: [Key("stage"), Key("mask_mode"), Key("true"), Key("predicted")],
    metrics: ["count", "rate"])

  /// Change of a confusion matrix against the one under the full mask.
  public static let confusionDelta = Table(
    "confusion_delta", keys: [Key("stage"), Key("true"), Key("predicted")], metrics: ["delta"])

  /// Drop of a class when its mask is used.
  public static let classDrop = Table(
    "class_drop", keys: [Key("class")], metrics: ["relative_drop", "worst_other_over_target"])

  /// Removed weights per unit of an output projection.
  public static let outputUnitRemoved = Table(
    "output_unit_removed", keys: [Key("stage"), Key("unit", .integer)],
    metrics: ["n_ref", "n_removed", "removed_frac"])

  /// Histogram of keep probabilities.
  public static let maskHistogram = Table(
    "mask_histogram", keys: [Key("stage"), Key("bin_low", .number)], metrics: ["count"])

  /// Reuse of weights from one permutation to the next.
  public static let transfer = Table(
    "transfer", keys: [Key("permutation", .integer), Key("layer")],
    metrics: ["n_kept", "n_shared", "shared_frac", "accuracy"])

  /// Cosine between gradients with and without masks.
  public static let gradCosine = Table(
    "grad_cosine", keys: [Key("layers_masked", .integer), Key("tensor")], metrics: ["cosine"])

  /// Losses, gradient norms and mask sizes during training.
  public static let trainingCurve = Table(
    "training_curve", keys: [Key("stage"), Key("step", .integer)],
    metrics: ["loss", "grad_norm", "mean_keep_prob", "kept_frac"])

  /// All tables, in the order of the documentation.
  public static let all: [Table] = [
    accuracy, layerStats, pairOverlap, confusion, confusionDelta, classDrop, outputUnitRemoved,
    maskHistogram, transfer, gradCosine, trainingCurve,
  ]

  /// The table with a name.
  public static func named(_ name: String) -> Table? { all.first { $0.name == name } }
}
