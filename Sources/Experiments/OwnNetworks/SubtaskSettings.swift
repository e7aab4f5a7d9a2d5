import ExperimentKit
import Store

/// A sub-task: which examples its masks are trained on, and how they differ from those of the full task.
struct SubtaskSettings: Settings {
  var targets = ValueList()
  var without = ValueList()
  var rows = RowConditions()
  var zero = ElementRanges()
  var permute = false
  var map: [Int] = []
  var column: String?
  var train = DataPartSettings()
  var test = DataPartSettings()

  static let schema = Schema<SubtaskSettings>([
    .structured(
      "targets", \.targets, "the examples with these targets (classes by number or name)"),
    .structured("without", \.without, "the examples with all targets but these"),
    .structured(
      "where", \.rows,
      "the examples whose columns of the table have a value, one of several, or one in a range "
        + "(`{from: 3, to: 8}`); with several columns, all must hold"),
    .structured(
      "zero", \.zero,
      "elements of the input that are set to 0, by their numbers in PyTorch's order: `[[0, 19]]`"),
    .flag(
      "permute", \.permute,
      "whether the elements of the input stand in another order, drawn once from the seed of the run"
    ),
    .integers(
      "map", \.map, in: -1...1_000_000,
      "the target asked for in place of each class, in the order of the classes: parity of ten digits is "
        + "`[0, 1, 0, 1, 0, 1, 0, 1, 0, 1]`; -1 leaves the examples of a class out"),
    .optionalText(
      "column", \.column, "column of the table that holds the targets in place of `data.….targets`"),
    .section("train", \.train, "other examples to train the masks on"),
    .section("test", \.test, "other examples to test them on"),
  ])

  /// Whether the inputs and targets are those of the full task, of some of its examples.
  var isSelection: Bool {
    zero.ranges.isEmpty && !permute && map.isEmpty && column == nil && !train.isGiven
  }

  /// The rules that go beyond single keys.
  func validate(_ name: String, objective: OwnObjective) throws {
    func failure(_ what: String, why: String? = nil, help: String? = nil) -> Failure {
      Failure(.manifestInvalid, "subtasks.\(name): \(what)", why: why, help: help)
    }
    guard !["full", StepName.pretraining, "iid", "own"].contains(name) else {
      throw failure("the name is taken", why: "'full' is the task of the network itself")
    }
    guard self != SubtaskSettings() else {
      throw failure(
        "it is the full task", why: "nothing says how it differs",
        help:
          "select examples with targets, without or where, or change them with zero, permute, map "
          + "or column")
    }
    guard targets.values.isEmpty || without.values.isEmpty else {
      throw failure("'targets' and 'without' together", why: "one says what the other leaves out")
    }
    let needsClasses = [
      ("targets", !targets.values.isEmpty), ("without", !without.values.isEmpty),
      ("map", !map.isEmpty),
    ]
    if objective != .crossEntropy, let key = needsClasses.first(where: { $0.1 })?.0 {
      throw failure(
        "'\(key)' with loss: \(objective.rawValue)", why: "an example has no single class",
        help: "select examples by a column of data.train.table with 'where'")
    }
    guard train.isGiven == test.isGiven else {
      throw failure("'train' and 'test' must be given together")
    }
    for (key, part) in [("train", train), ("test", test)] where part.isGiven {
      guard !part.inputs.names.isEmpty, !part.targets.names.isEmpty else {
        throw failure("\(key) has no \(part.inputs.names.isEmpty ? "inputs" : "targets")")
      }
    }
  }
}
