import ExperimentKit

/// Everything a manifest can say about addition and multiplication in a feed-forward network.
struct AdditionMultiplicationSettings: Settings {
  /// Manifest section `model`.
  struct Model: Settings {
    var hidden = [2000, 2000, 2000, 2000]

    static let schema = Schema<Model>([
      .integers(
        "hidden", \.hidden, in: 1...100_000, count: 1...64, unit: "units",
        paper: "[2000, 2000, 2000, 2000]", "sizes of the hidden layers, first to last")
    ])
  }

  var task = AdditionMultiplicationTask()
  var model = Model()
  var pretrain = PretrainingSettings()
  var mask = MaskSettings()
  var logEvery = 100

  static let schema = Schema<AdditionMultiplicationSettings>([
    .section("task", \.task, "the data"),
    .section("model", \.model, "the network"),
    .section("pretrain", \.pretrain, "training of the network, before it is frozen"),
    .section("mask", \.mask, "training of the masks on the frozen network"),
    .integer(
      "log-every", \.logEvery, in: 1...1_000_000, unit: "steps",
      "distance of the rows of the training curve, which hold means since the row before"),
  ])
}
