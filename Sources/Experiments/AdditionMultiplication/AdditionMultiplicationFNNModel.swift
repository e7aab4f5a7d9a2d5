import ExperimentKit

/// Manifest section `model` of addition and multiplication in a feed-forward network.
struct AdditionMultiplicationFNNModel: Settings {
  var hidden = [2000, 2000, 2000, 2000]

  static let schema = Schema<AdditionMultiplicationFNNModel>([
    .integers(
      "hidden", \.hidden, in: 1...100_000, count: 1...64, unit: "units",
      paper: "[2000, 2000, 2000, 2000]", "sizes of the hidden layers, first to last")
  ])
}
