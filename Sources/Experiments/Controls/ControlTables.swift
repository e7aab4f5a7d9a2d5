import ExperimentKit

extension Table {
  /// Accuracy under masks that give back what they removed.
  public static let robustness = Table(
    "robustness",
    "Does a mask still do its task when removed weights come back? See docs/nulls.md",
    keys: [
      .stage,
      Key(
        "method",
        "`none`: the mask as it is; `bernoulli`: every removed unit comes back with probability `level`; "
          + "`uniform`: every removed unit is multiplied by a random number from 0 to 1; `adversary`: by "
          + "numbers that make the loss on a training batch grow"),
      Key(
        "unit", "what comes back together: `weight`, `row` or `layer`; `none` for the mask as it is"
      ),
      Key(
        "level", .number,
        "the probability for `bernoulli`, 1 for `uniform`, the number of gradient steps for `adversary`, 0 "
          + "for the mask as it is"),
    ],
    metrics: [
      Metric("accuracy", "mean accuracy on the stage's own task over the draws or restarts, 0…1"),
      Metric("worst", "the least of these accuracies"),
      Metric("n_draws", "number of draws or restarts"),
      Metric(
        "relative_drop",
        "1 − accuracy / accuracy under the mask as it is; not where the latter is 0"),
      Metric("worst_relative_drop", "the same of the worst"),
    ])

  /// Accuracies of every mask on every task.
  public static let maskTransfer = Table(
    "mask_transfer", "How well the mask of each stage does the task of each stage",
    keys: [
      Key(
        "stage",
        "whose mask takes effect: a stage, a function that the network never learned (`never-…`), or "
          + "`pretrained` for the network as it is"),
      Key("task", "the stage whose task is judged, or a function that the network never learned"),
    ],
    metrics: [
      Metric("accuracy", "share of right predictions, 0…1"),
      Metric("chance", "accuracy of the best answer that does not look at the input"),
    ], controls: [.metric("accuracy", control: "chance")])

  /// One row of figures for every mask.
  public static let maskQuality = Table(
    "mask_quality",
    "Is the task gone with the weights of the mask, and how few of them does it take? See docs/nulls.md",
    keys: [.stage],
    metrics: [
      Metric("complement_accuracy", "accuracy on the stage's task with all weights but the mask's"),
      Metric(
        "complement_left",
        "(complement_accuracy − chance) / (accuracy of the network as it is − chance): 0 for a complete "
          + "mask; not where the network is at chance"),
      Metric(
        "cpr",
        "∫ F df of `kept_curve` by trapezoids: large when few weights suffice; at most about 1"),
      Metric(
        "cmd", "∫ |1 − F| df by trapezoids: small when masks of all sizes do what the network does"),
      Metric(
        "non_uniqueness",
        "how many of the masks of `masks_apart` do the task within .02 of the network's accuracy and have an "
          + "IoU of at most 1.2 times chance with each such mask before; not for the first stage"),
    ])

  /// Accuracy against kept fraction.
  public static let keptCurve = Table(
    "kept_curve",
    "Accuracy on the stage's own task with ever more weights, those of the largest logits of the whole "
      + "network first",
    keys: [.stage, Key("fraction", .number, "f, share of the masked weights that are kept")],
    metrics: [
      Metric("n_kept", "number of weights that are kept"),
      Metric("accuracy", "share of right predictions, 0…1"),
      Metric(
        "faithfulness",
        "F(f) = (accuracy − accuracy with no weight) / (accuracy with all − accuracy with none); not where "
          + "the denominator is 0"),
    ])

  /// Sharing of two tasks against what repetitions share.
  public static let sharing = Table(
    "sharing",
    "Sharing of two tasks, between chance (σ = 0) and what two masks of one task share (σ = 1); see "
      + "docs/nulls.md",
    keys: [
      Key("mask_a", "a stage, but not the first, which is the full task"),
      Key("mask_b", "a later stage, or a function that the network never learned (`never-…`)"),
      .layer,
    ],
    metrics: [
      Metric(
        "sigma",
        "(s_ab − s_chance) / ((s_aa + s_bb)/2 − s_chance); not where the denominator is ≤ 0"),
      Metric("s_ab", "mean IoU of a mask of a and a mask of b"),
      Metric("s_aa", "mean IoU of two masks of a"),
      Metric("s_bb", "mean IoU of two masks of b; s_aa where b has a single mask"),
      Metric("s_chance", "mean IoU to be expected of independent masks of these sizes"),
      Metric(
        "p",
        "share of all divisions of the masks into two groups of these sizes whose masks differ as much "
          + "between the groups: small when the tasks use different weights; not where b has a single mask"
      ),
      Metric(
        "shared_frac",
        "eq. 14 of the workshop paper for the pair: share of a's weights that b keeps"),
      Metric("iou", "of the stages' own masks, as in `pair_overlap`"),
      Metric("iomin", "of the stages' own masks, as in `pair_overlap`"),
    ], interval: .bootstrap, controls: [.metric("s_ab", control: "s_chance")])

  /// Masks for what the network never learned.
  public static let nullMasks = Table(
    "null_masks",
    "Masks for functions that the network never learned, and masks in destroyed networks, against the "
      + "mask of each stage; see docs/nulls.md",
    keys: [
      .stage,
      Key(
        "null",
        "the function that the network never learned, with `never-` before its name; or the network in "
          + "which the stage's task is learned once more, `shuffled-weights` or `re-initialised`"),
    ],
    metrics: [
      Metric("n_kept", "number of weights that this mask keeps"),
      Metric("n_kept_stage", "number of weights that the stage's mask keeps"),
      Metric(
        "accuracy",
        "on the function, or in the destroyed network on the stage's task, under the mask trained with the "
          + "same β as the stage's"),
      Metric(
        "accuracy_equal_size",
        "the same, with as many weights as the stage's mask keeps, those of the largest logits"
      ),
      Metric("accuracy_stage", "on the stage's task, under the stage's mask"),
      Metric("accuracy_network", "the same, of the network without masks"),
      Metric("chance", "the same, of the best answer that does not look at the input"),
      Metric(
        "has_meaning",
        "1 when accuracy_equal_size < (chance + accuracy_stage)/2: the stage's mask says more than a mask "
          + "for anything; else 0"),
    ],
    controls: [
      .metric("accuracy_stage", control: "accuracy_equal_size"),
      .metric("accuracy_stage", control: "chance"),
    ])

  /// Masks that avoid each other.
  public static let masksApart = Table(
    "masks_apart",
    "Masks of one task that are trained to avoid what those before them keep; see docs/nulls.md",
    keys: [.stage, Key("mask", .integer, "its number; 1 is the stage's own")],
    metrics: [
      Metric("n_kept", "number of weights that the mask keeps"),
      Metric("accuracy", "on the stage's task, 0…1"),
      Metric("iou", "the largest IoU with a mask before; not for the first"),
      Metric("iou_chance", "to be expected of independent masks of these sizes"),
    ], controls: [.metric("iou", control: "iou_chance")])

  /// What controls of masks record.
  static let ofControls: [Table] = [
    .robustness, .maskTransfer, .maskQuality, .keptCurve, .sharing, .nullMasks, .masksApart,
  ]
}
