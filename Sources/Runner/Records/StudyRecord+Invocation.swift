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
    let byStudy = Dictionary(grouping: manifests) { $0.manifest.kind.name }
    for (study, manifests) in byStudy.sorted(by: { $0.key < $1.key }) {
      let folder = output.study(study)
      var record = try read(folder) ?? StudyRecord(study: study)
      for planned in manifests {
        record.add(
          commandLine: commandLine,
          manifest: ManifestCopy(path: planned.manifest.path, text: planned.manifest.text),
          variants: Set(planned.manifest.variants), environment: environment.json,
          configurations: planned.variants.map { variant in
            Configuration(
              manifest: planned.manifest.path, variant: variant.variant,
              profile: variant.profile, axes: variant.axes, hash: variant.hash10,
              version: variant.identity.version, seeds: planned.seeds,
              totalSteps: variant.prepared.totalSteps, configuration: variant.configuration)
          })
      }
      try record.write(folder)
    }
  }
}
