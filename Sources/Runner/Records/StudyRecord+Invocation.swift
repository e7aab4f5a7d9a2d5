import ExperimentKit
import Store

extension StudyRecord {
  /// Notes an invocation of `modlab run` in the `sweep.json` of every study it concerns.
  ///
  /// - Throws: ``Failure`` when a record is damaged or cannot be written.
  public static func note(
    commandLine: [String], manifests: [PlannedManifest], environment: EnvironmentRecord,
    output: OutputFolder
  ) throws {
    let byStudy = Dictionary(grouping: manifests, by: \.manifest.study)
    for (study, manifests) in byStudy.sorted(by: { $0.key < $1.key }) {
      let folder = output.study(study)
      var record = try read(folder) ?? StudyRecord(study: study)
      for planned in manifests {
        try record.refuseOtherKind(than: planned.manifest)
        record.add(planned, commandLine: commandLine, environment: environment.json)
      }
      try record.write(folder)
    }
  }

  /// A study is about one kind: its tables would otherwise mix what cannot be compared.
  ///
  /// - Throws: ``Failure`` (manifest invalid) when the study has runs of another kind.
  func refuseOtherKind(than manifest: Manifest) throws {
    guard let other = configurations.first(where: { !manifest.kind.isCalled($0.kind) }) else {
      return
    }
    throw Failure(
      .manifestInvalid, "the study '\(study)' has runs of the kind '\(other.kind)'",
      why: "\(manifest.path) is about '\(manifest.kind.name)'",
      help: "give the study of this manifest another name with 'study:', or use another --out")
  }

  /// Adds what a manifest asks for.
  mutating func add(
    _ planned: PlannedManifest, commandLine: [String], environment: JSONValue
  ) {
    let manifest = planned.manifest
    add(
      commandLine: commandLine, manifest: manifest.path,
      copies: manifest.sources,
      variants: Set(manifest.variants), environment: environment,
      configurations: planned.variants.map { variant in
        Configuration(
          variant: variant.variant, kind: variant.identity.kind,
          version: variant.identity.version, hash: variant.hash10,
          totalSteps: variant.prepared.totalSteps, text: variant.configuration.serialized(),
          labels: [
            Label(
              manifest: manifest.path, profile: variant.profile, axes: variant.axes,
              seeds: planned.seeds)
          ])
      })
  }
}

extension Kind {
  /// Whether records may call the kind by a name.
  fileprivate func isCalled(_ name: String) -> Bool {
    self.name == name || formerNames.contains(name)
  }
}
