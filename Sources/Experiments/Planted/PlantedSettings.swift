import ExperimentKit
import Store

/// Manifest section `task` of planted modules.
struct PlantedTask: Settings {
  var operands = 6
  var moduli = [6, 9]

  static let schema = Schema<PlantedTask>([
    .integer(
      "operands", \.operands, in: 2...64,
      "n: the operands a and b are 0…n−1, and all n² pairs are both training and evaluation set"),
    .integers(
      "moduli", \.moduli, in: 2...1000, count: 2...2,
      "the sub-tasks are a + b in these moduli, at least n, each with outputs of its own"),
  ])
}

/// Manifest section `model` of planted modules.
struct PlantedModel: Settings {
  var shared = 0.0
  var sharesFirstLayer = false
  var spare = 8

  static let schema = Schema<PlantedModel>([
    .number(
      "shared", \.shared, in: 0...1, unit: "share",
      "the dial: share of the sums a + b that both sub-tasks recognise with the same hidden units; the others "
        + "are recognised twice, by units of each sub-task's own. At 0 the sub-tasks are two separate "
        + "networks in the same matrices, at 1 they share all but their outputs"),
    .flag(
      "shared-first-layer", \.sharesFirstLayer,
      "whether both sub-tasks read the first hidden layer as a whole, whatever `shared` says of the second"
    ),
    .integer(
      "spare", \.spare, in: 0...10_000, unit: "units",
      "further units of each hidden layer, whose incoming weights are drawn from those of the others and "
        + "which nothing reads"),
  ])
}

/// Everything that a manifest can say about a study of planted modules.
struct PlantedSettings: Settings {
  var task = PlantedTask()
  var model = PlantedModel()
  var mask = MaskSettings()
  var controls = ControlSettings()
  var logEvery = 100

  static let schema = Schema<PlantedSettings>([
    .section("task", \.task, "the sums"),
    .section("model", \.model, "the network, which is built and not trained"),
    .section(
      "mask", \.mask,
      "training of the masks; `batch` is 128 unless it says otherwise, and `beta` is divided by 128"
    ),
    .section(
      "controls", \.controls, shorthand: "level",
      "what masks are compared with before anything is concluded from them; see docs/nulls.md"
    ).omitted(\.controls, as: .off) { !$0.areOn },
    .integer(
      "log-every", \.logEvery, in: 1...1_000_000, unit: "steps",
      "distance of the rows of the training curve, which hold means since the row before"),
  ])

  /// What β is divided by: the batch size of the papers.
  static let batch = 128

  /// How masks are trained.
  var masking: MaskSettings {
    var masking = mask
    masking.batch = mask.batch ?? Self.batch
    return masking
  }

  /// The rules that go beyond single keys.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  func validate() throws {
    // With a smaller modulus some weights would not matter: what they change has the same remainder.
    guard task.moduli.allSatisfy({ $0 >= task.operands }) else {
      throw Failure(
        .manifestInvalid, "task.moduli: \(task.moduli) are not both at least task.operands",
        why: "sums that differ by less than \(task.operands) must have different remainders",
        help: "choose moduli of at least \(task.operands)")
    }
    try controls.validateWithoutTraining()
  }
}
