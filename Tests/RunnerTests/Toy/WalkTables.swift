import ExperimentKit

extension Table {
  static let accuracy = Table(
    "accuracy", "how far the walk has come",
    keys: [
      Key("stage", "which walk"), Key("mask_mode", "which mask takes effect"),
      Key("eval_set", "what it is measured on"),
    ],
    metrics: [
      Metric("accuracy", "squared distance"), Metric("loss", "the seed"),
      Metric("n_examples", "number of walks"),
    ])
}

extension Artefact {
  static let weights = Artefact(
    "weights.safetensors", format: "modlab-weights-1", "the position")
}
