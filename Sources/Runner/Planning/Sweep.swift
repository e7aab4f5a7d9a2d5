import ExperimentKit
import Store

/// The sweepers of all manifests of a request, and what they have proposed.
struct Sweep {
  private struct Part {
    let manifest: Manifest
    let seeds: [Int]
    var sweeper: any Sweeper
    /// The configurations proposed so far.
    var proposed: Set<String> = []
  }

  private let output: OutputFolder
  private var parts: [Part]

  init(_ request: PlanRequest) throws {
    output = request.output
    parts = try request.manifests.map { manifest in
      Part(
        manifest: manifest,
        seeds: try request.seeds ?? manifest.seeds(profile: request.profile),
        sweeper: try request.sweeper(
          SweepSpace(
            manifest, profile: request.profile, sets: request.sets, only: request.only)))
    }
  }

  /// The configurations to compute next of every manifest that still has some.
  ///
  /// - Throws: ``Failure`` when a configuration is refused, or results cannot be read.
  mutating func next() throws -> [PlannedManifest] {
    var batch: [PlannedManifest] = []
    for index in parts.indices {
      let manifest = parts[index].manifest
      let folder = output.study(manifest.study)
      let variants = try parts[index].sweeper.next {
        guard Folder.exists(folder.sweepFile) else { return nil }
        return try StudyReader(folder, registry: KindRegistry([manifest.kind]))
      }
      let new = variants.filter { parts[index].proposed.insert($0.folderName).inserted }
      guard !new.isEmpty else { continue }
      batch.append(
        PlannedManifest(manifest: manifest, variants: new, seeds: parts[index].seeds))
    }
    return batch
  }
}
