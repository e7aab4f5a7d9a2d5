import ExperimentKit
import NeuralNetworks
import Store

/// Everything a manifest can say about an experiment that trains a network, freezes it and learns
/// masks: the sections `task` and `model` are the experiment's own.
struct StudySettings<Task: Settings, Model: Settings>: Settings {
  var task = Task()
  var model = Model()
  var pretrain = PretrainingSettings()
  var mask = MaskSettings()
  var controls = hasControls ? ControlSettings() : ControlSettings.off
  var logEvery = 100

  /// Whether the section `controls` belongs to the experiment.
  private static var hasControls: Bool { !(Task.self is any TaskWithoutControls.Type) }

  static var schema: Schema<StudySettings> {
    let controls = Field<StudySettings>.section(
      "controls", \.controls, shorthand: "level",
      "what masks are compared with before anything is concluded from them; see docs/nulls.md"
    ).omitted(\.controls, as: .off) { !$0.areOn }
    return Schema(
      [
        .section("task", \.task, "the data"),
        .section("model", \.model, "the network"),
        .section("pretrain", \.pretrain, "training of the network, before it is frozen"),
        .section("mask", \.mask, "training of the masks on the frozen network"),
      ] + (hasControls ? [controls] : []) + [
        .integer(
          "log-every", \.logEvery, in: 1...1_000_000, unit: "steps",
          "distance of the rows of the training curve, which hold means since the row before")
      ])
  }

  /// What pre-training depends on: runs that agree in it share the trained network.
  ///
  /// - Parameters:
  ///   - network: names the kind of network and task.
  ///   - version: of the experiment.
  ///   - task: the encoded settings of the task that matter in training; all by default.
  ///   - model: the model's settings, without those that act after training.
  func pretrainingKey(
    network: String, version: Int, task: JSONValue? = nil, model: Model? = nil
  ) -> JSONValue {
    [
      "network": .string(network), "version": .integer(version),
      "task": task ?? Task.schema.encode(self.task),
      "model": Model.schema.encode(model ?? self.model),
      "pretrain": PretrainingSettings.schema.encode(pretrain), "log-every": .integer(logEvery),
    ]
  }
}
