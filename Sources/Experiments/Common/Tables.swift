import ExperimentKit

extension Table.Key {
  /// What a network or a mask was trained for.
  static let stage = Table.Key(
    "stage",
    "`pretrained`: the network before it is masked; `full`: the full task; or what else the masks "
      + "are trained for: `add`, `pair1`, `jump`, the class that is left out, `permutation-3`, a sub-task "
      + "of the manifest")

  /// Which masks take effect.
  static let maskMode = Table.Key(
    "mask_mode",
    "`none`, `mask`, `inverse`, `inverse-io-full`, `inverse-io-ones`, `half-early`, `half-late`, "
      + "`random`, `random-complement` or `magnitude`; see [method](method.md)")

  /// A tensor of the network.
  static let layer = Table.Key(
    "layer",
    "the parameter's dotted name, or `all`: from summed counts, never from averaged fractions")
}

extension Table {
  /// Accuracies and losses.
  public static let accuracy = Table(
    "accuracy", "How well the network predicts, as it is and under masks",
    keys: [
      .stage, .maskMode,
      Key(
        "eval_set",
        "`iid`: all examples; or a part of them, such as `add`, `pair1`, `jump`, `hard`, or `own`: "
          + "examples of what the masks are trained on, of the classes that are not left out or of the "
          + "training set of a split, under the masks themselves only; in `permuted-mnist` the permutation under "
          + "which the images are shown, each with its own mask: `stage=permutation-3, "
          + "eval_set=permutation-1` is the accuracy on permutation 1 after training on "
          + "permutation 3; in `own-network` the sub-tasks, each with its own test examples"),
    ],
    metrics: [
      Metric(
        "accuracy",
        "share of right predictions, 0…1; of numbers all digits, of sequences all tokens are right"),
      Metric(
        "loss",
        "mean cross-entropy in nats; of numbers the mean per digit; with `loss: mse` the mean squared "
          + "error, and no accuracy"),
      Metric("n_examples", "number of examples, those under several masks counted each time"),
    ],
    controls: ["random", "random-complement", "magnitude"].map {
      .rows(key: Key.maskMode.name, of: "mask", control: $0)
    })

  /// Counts and fractions of kept and shared weights.
  public static let layerStats: Table = Table(
    "layer_stats", "How many weights the masks keep and share",
    keys: [.stage, .layer],
    metrics: [
      Metric("n_weights", "number of masked weights"),
      Metric("n_kept", "number of weights that the mask keeps"),
      Metric("kept_frac", "n_kept / n_weights"),
      Metric(
        "n_units",
        "number of gates, of which each acts on all weights of a `mask.unit`; as `n_units_kept` not with "
          + "`mask.unit: weight`, and in the row of the layer's first masked parameter; those of the first of "
          + "two units in rows of their own, `layers.0.weight@row`"),
      Metric("n_units_kept", "number of gates that the mask keeps"),
      Metric(
        "n_shared",
        "kept weights that another stage, `full` apart, keeps as well; as the metrics that follow "
          + "not for the first stage, and not in `permuted-mnist`; this and the shares of it not where there "
          + "is no other stage"),
      Metric("shared_frac", "n_shared / n_kept"),
      Metric(
        "shared_frac_chance",
        "shared_frac to be expected of independent masks of these sizes; computed when the tables of a study "
          + "are built"),
      Metric("remaining_frac", "share of the weights of `full` that the stage keeps"),
      Metric("removed_frac", "1 − remaining_frac"),
    ], controls: [.metric("shared_frac", control: "shared_frac_chance")],
    derivation: { SharingByChance.ofStages(try $0(.layerStats)) })

  /// Overlap of two masks.
  public static let pairOverlap: Table = Table(
    "pair_overlap", "How far the masks of two stages coincide",
    keys: [
      Key("mask_a", "a stage"), Key("mask_b", "a later stage"),
      Key(
        "layer",
        "as in `layer_stats`; in `cifar10-mask-stability` also `all-but-classifier`"),
    ],
    metrics: [
      Metric("n_a", "number of weights that the first mask keeps"),
      Metric("n_b", "number of weights that the second mask keeps"),
      Metric("n_inter", "number of weights that both keep"),
      Metric("n_union", "number of weights that at least one keeps"),
      Metric("iou", "n_inter / n_union"),
      Metric("iomin", "n_inter / min(n_a, n_b)"),
      Metric("iou_chance", "iou to be expected of independent masks of these sizes"),
      Metric(
        "iomin_chance",
        "iomin to be expected of independent masks of these sizes; computed when the tables of a study are built"
      ),
      Metric(
        "n_units_a",
        "number of gates that the first mask keeps; as the metrics that follow where `layer_stats` has "
          + "`n_units`"),
      Metric("n_units_b", "number of gates that the second mask keeps"),
      Metric("n_units_inter", "number of gates that both keep"),
      Metric("n_units_union", "number of gates that at least one keeps"),
      Metric("iou_units", "n_units_inter / n_units_union"),
      Metric("iou_units_chance", "iou_units to be expected of independent masks of these sizes"),
    ],
    controls: [
      .metric("iou", control: "iou_chance"), .metric("iomin", control: "iomin_chance"),
    ], derivation: { SharingByChance.ofPairs(try $0(.pairOverlap)) })

  /// Confusion matrices.
  public static let confusion = Table(
    "confusion", "What is taken for what",
    keys: [
      .stage, .maskMode, Key("true", "the class, or the operation that is asked for"),
      Key(
        "predicted",
        "the class that is predicted, or the operation that is performed, `none` for neither"),
    ],
    metrics: [
      Metric("count", "number of examples"), Metric("rate", "share of the row's examples, 0…1"),
    ])

  /// Change of a confusion matrix against the one under the full-task mask.
  public static let confusionDelta = Table(
    "confusion_delta", "How a stage's mask changes what is taken for what",
    keys: [.stage, Key("true", "as in `confusion`"), Key("predicted", "as in `confusion`")],
    metrics: [
      Metric("delta", "rate under the stage's mask − rate under the full-task mask")
    ])

  /// Histogram of keep probabilities.
  public static let maskHistogram = Table(
    "mask_histogram", "How sure the masks are: a histogram of the keep probabilities",
    keys: [.stage, Key("bin_low", .number, "lower edge of one of 500 bins on [0, 1]")],
    metrics: [
      Metric(
        "count",
        "number of gates, with `mask.unit: weight` of weights, whose keep probability lies in the bin"
      )
    ])

  /// Losses, gradient norms and mask sizes during training.
  public static let trainingCurve = Table(
    "training_curve",
    "The course of training: means since the row before, one row every `log-every` steps",
    keys: [
      Key("stage", "`pretrained`, or the stage whose masks are trained"),
      Key("step", .integer, "number of optimiser steps"),
    ],
    metrics: [
      Metric("loss", "mean training loss in nats"),
      Metric("grad_norm", "mean L2 norm of the gradient before clipping"),
      Metric("mean_keep_prob", "mean keep probability of the masks at this step"),
      Metric("kept_frac", "share of weights that the masks keep at this step"),
    ])

  /// What every experiment that learns masks for several stages records.
  static let ofMasks: [Table] = [
    .accuracy, .layerStats, .pairOverlap, .maskHistogram, .trainingCurve,
  ]
}
