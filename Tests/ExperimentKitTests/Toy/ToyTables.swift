import ExperimentKit

extension Table {
  static let accuracy = Table(
    "accuracy", "how well the point is found",
    keys: [
      Key("stage", "what is trained"), Key("mask_mode", "which mask takes effect"),
      Key("eval_set", "what it is measured on"),
    ],
    metrics: [
      Metric("accuracy", "share of hits, 0…1"), Metric("loss", "squared distance"),
      Metric("n_examples", "number of points"),
    ],
    controls: [
      .rows(key: "mask_mode", of: "mask", control: "random"),
      .rows(key: "eval_set", of: "*", control: "shuffled-*"),
    ])

  static let layerStats = Table(
    "layer_stats", "how much is kept",
    keys: [Key("stage", "what is trained"), Key("layer", "a part of the point")],
    metrics: [
      Metric("n_weights", "number of coordinates"), Metric("n_kept", "number of those kept"),
      Metric("kept_frac", "0…1"), Metric("n_shared", "number"), Metric("shared_frac", "0…1"),
      Metric("remaining_frac", "0…1"), Metric("removed_frac", "0…1"),
    ], controls: [.metric("shared_frac", control: "kept_frac")])

  static let confusion = Table(
    "confusion", "what is taken for what",
    keys: [
      Key("stage", "what is trained"), Key("mask_mode", "which mask takes effect"),
      Key("true", "the class"), Key("predicted", "the class that is predicted"),
    ],
    metrics: [Metric("count", "number"), Metric("rate", "0…1")])

  static let classDrop = Table(
    "class_drop", "what becomes of a class", keys: [Key("class", "its name")],
    metrics: [Metric("relative_drop", "0…1"), Metric("worst_other_over_target", "a ratio")])

  static let maskHistogram = Table(
    "mask_histogram", "how sure masks are",
    keys: [Key("stage", "what is trained"), Key("bin_low", .number, "lower edge")],
    metrics: [Metric("count", "number")])

  static let trainingCurve = Table(
    "training_curve", "the course of the descent",
    keys: [Key("stage", "what is trained"), Key("step", .integer, "its number")],
    metrics: [
      Metric("loss", "squared distance"), Metric("grad_norm", "length of the gradient"),
      Metric("mean_keep_prob", "0…1"), Metric("kept_frac", "0…1"),
    ])

  /// What the toy experiment may record.
  static let toys: [Table] = [
    .accuracy, .layerStats, .confusion, .classDrop, .maskHistogram, .trainingCurve,
  ]

  /// The toy table with a name.
  static func named(_ name: String) -> Table? { toys.first { $0.name == name } }
}

extension Artefact {
  static let weights = Artefact(
    "weights.safetensors", format: "modlab-weights-1", "the point")
  static let masks = Artefact("masks.safetensors", format: "modlab-masks-1", "the masks")
}
