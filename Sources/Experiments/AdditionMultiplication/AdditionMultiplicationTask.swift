import ExperimentKit

/// Manifest section `task` of addition and multiplication.
struct AdditionMultiplicationTask: Settings, TaskWithDataSeed {
  var digits = 2
  var trainSize = 1_000_000
  var validSize = 10_000
  var dataSeed: Int?

  static let schema = Schema<AdditionMultiplicationTask>([
    .integer(
      "digits", \.digits, in: 1...4, unit: "digits", paper: "2",
      "digits of the operands; results are taken modulo 10^digits"),
    .integer(
      "train-size", \.trainSize, in: 1...100_000_000, unit: "examples", paper: "1,000,000",
      "size of the training set, drawn uniformly from all operands and both operations"),
    .integer(
      "valid-size", \.validSize, in: 1...10_000_000, unit: "examples", paper: "10,000",
      "size of the set on which networks are evaluated"),
    .dataSeed(\.dataSeed),
  ])
}
