import Datasets
import ExperimentKit
import Store
import Tensors

/// A part of a data set: examples to train on, or to test.
struct DataPartSettings: Settings {
  var inputs = ArrayList()
  var targets = ArrayList()
  var table: String?

  static let schema = Schema<DataPartSettings>([
    .structured(
      "inputs", \.inputs,
      "the inputs, one row for each example; images N×C×H×W, sequences N×T or N×T×D, vectors N×D"),
    .structured(
      "targets", \.targets,
      "what is right: N classes from 0, N×G classes of G groups, N×T classes of sequences (-1 where "
        + "nothing is asked), or N×D numbers"),
    .optionalText(
      "table", \.table,
      "a CSV file with one line for each example, whose columns sub-tasks and `data.split` may use"),
  ])

  /// Whether anything is said.
  var isGiven: Bool { !inputs.names.isEmpty || !targets.names.isEmpty || table != nil }
}

/// Manifest section `data` of studies of own networks.
struct OwnDataSettings: Settings {
  /// Where arrays of images have their channels.
  enum Channels: String, CaseIterable, Sendable {
    case first
    case last
  }

  var train = DataPartSettings()
  var test = DataPartSettings()
  var testShare = 0.0
  var testColumn: String?
  var testValues = ValueList()
  var channels = Channels.first
  var scale = 1.0
  var mean: [Double] = []
  var deviation: [Double] = []
  var oneHot: Int?
  var classes: [String] = []
  var dataSeed: Int?

  static let schema = Schema<OwnDataSettings>([
    .section("train", \.train, "the examples that the network and its masks are trained on"),
    .section(
      "test", \.test,
      "the examples that everything is measured on; without it, a part of `data.train` is set apart"
    ),
    .number(
      "test-share", \.testShare, in: 0...0.9, unit: "fraction",
      "share of `data.train` that is drawn at random and set apart to test on"),
    .optionalText(
      "test-column", \.testColumn,
      "column of `data.train.table` that says which examples are set apart to test on"),
    .structured(
      "test-values", \.testValues, "the values of `data.test-column` that mean: to test on"),
    .choice(
      "channels", \.channels,
      "where arrays of images have their channels: `first` as in PyTorch, N×C×H×W, or `last`"),
    .number(
      "scale", \.scale, above: 0,
      "inputs are divided by this: 255 for bytes, as `transforms.ToTensor` does"),
    .numbers(
      "mean", \.mean,
      "subtracted after that: one number, or one for each channel (the first axis of the input)"),
    .numbers(
      "std", \.deviation, above: 0, "inputs are divided by this after that: as many as `data.mean`"),
    .optionalInteger(
      "one-hot", \.oneHot, in: 2...65_536, unit: "numbers",
      "every element of the arrays is a number below this and becomes a vector with a single 1"),
    .texts(
      "classes", \.classes,
      "names of the classes in the order of their numbers; columns of CSV files may hold the names"),
    .dataSeed(\.dataSeed),
  ])

  /// Whether anything is said.
  var isGiven: Bool { self != OwnDataSettings() }

  /// The rules that go beyond single keys.
  func validate() throws {
    func failure(_ what: String, why: String? = nil, help: String? = nil) -> Failure {
      Failure(.manifestInvalid, what, why: why, help: help)
    }
    guard !train.inputs.names.isEmpty, !train.targets.names.isEmpty else {
      throw failure(
        "data.train has no \(train.inputs.names.isEmpty ? "inputs" : "targets")",
        help: "write data: {train: {inputs: file.safetensors#x, targets: file.safetensors#y}}")
    }
    guard test.isGiven || testShare > 0 || testColumn != nil else {
      throw failure(
        "data has nothing to test on",
        why: "neither data.test nor data.test-share nor "
          + "data.test-column is given",
        help: "name the test examples in data.test, or set data.test-share: 0.2")
    }
    guard [test.isGiven, testShare > 0, testColumn != nil].filter({ $0 }).count == 1 else {
      throw failure(
        "data says in more than one way what is tested on",
        why: "only one of data.test, data.test-share and data.test-column can be given")
    }
    guard !test.isGiven || (!test.inputs.names.isEmpty && !test.targets.names.isEmpty) else {
      throw failure("data.test has no \(test.inputs.names.isEmpty ? "inputs" : "targets")")
    }
    if testColumn != nil {
      guard train.table != nil, !testValues.values.isEmpty else {
        throw failure("data.test-column needs data.train.table and data.test-values")
      }
    }
    guard mean.count == deviation.count || mean.isEmpty || deviation.isEmpty else {
      throw failure(
        "data.mean has \(mean.count) numbers, data.std has \(deviation.count)",
        why: "both have one number, or one for each channel")
    }
    try DistinctRule.check(classes, of: "data.classes")
  }

  /// How the numbers of the files become those of the network.
  ///
  /// - Parameter shape: of one input, in PyTorch's order.
  func form(_ shape: Shape) throws -> InputForm {
    var form = InputForm(shape: shape)
    form.hasChannelsLast = channels == .last
    form.scale = scale
    form.means = mean
    form.deviations = deviation
    form.oneHot = oneHot
    for (key, numbers) in [("mean", mean), ("std", deviation)]
    where numbers.count > 1 && numbers.count != shape[0] {
      throw Failure(
        .manifestInvalid, "data.\(key) has \(numbers.count) numbers",
        why: "the input \(shape) has \(shape[0]) channels: one number, or one for each of them")
    }
    if let oneHot {
      guard shape.count % oneHot == 0 else {
        throw Failure(
          .manifestInvalid, "data.one-hot is \(oneHot), but the network takes \(shape)",
          why: "\(shape.count) is no multiple of \(oneHot)")
      }
      guard scale == 1, mean.isEmpty, deviation.isEmpty else {
        throw Failure(
          .manifestInvalid, "data.one-hot with data.scale, data.mean or data.std",
          why: "vectors with a single 1 are taken as they are")
      }
    }
    return form
  }
}

extension OwnDataSettings: TaskWithDataSeed {}
