import Store

/// The experiments that manifests can name.
public struct ExperimentRegistry: Sendable {
  /// All experiments, by name.
  public let experiments: [any Experiment]

  /// Registers experiments.
  ///
  /// - Precondition: names are lower-case with dashes and differ, and no experiment has a section
  ///   with the name of a common key of manifests.
  public init(_ experiments: [any Experiment]) {
    var names: Set<String> = []
    for experiment in experiments {
      precondition(NameRule.isKey(experiment.name), "'\(experiment.name)' is no experiment name")
      precondition(
        names.insert(experiment.name).inserted, "two experiments are called '\(experiment.name)'")
      for setting in experiment.settings {
        precondition(
          !ManifestKey.all.contains(setting.key),
          "'\(setting.key)' of '\(experiment.name)' is a common key of all manifests")
      }
    }
    self.experiments = experiments.sorted { $0.name < $1.name }
  }

  /// The experiment with a name.
  ///
  /// - Throws: ``Failure`` with a suggestion when there is none.
  public func find(
    _ name: String, location: SourceLocation? = nil, exitCode: ExitCode = .manifestInvalid
  ) throws -> any Experiment {
    if let experiment = experiments.first(where: { $0.name == name }) { return experiment }
    let names = experiments.map(\.name)
    throw Failure(
      exitCode, "unknown experiment \(Failure.quote(name))", location: location,
      why: "registered are \(names.joined(separator: ", "))",
      help: Suggestion.help(for: name, among: names))
  }
}
