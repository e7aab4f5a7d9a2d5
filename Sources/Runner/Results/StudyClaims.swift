import ExperimentKit
import Store

/// The claims of a study, compared with its results.
public struct StudyClaims {
  /// What the manifests claim, and whether it holds.
  public private(set) var results: [ClaimResult] = []
  /// What the measures of the claims are worth under the controls of their tables.
  public private(set) var controls: [(control: String, result: ClaimResult)] = []
  /// Paths of the manifests that make no claims.
  public private(set) var manifestsWithoutClaims: [String] = []

  /// Checks the claims of the manifests as they were last run, with the studies beside this one where a claim
  /// names them.
  ///
  /// - Parameters:
  ///   - profile: The profile to look at; nil for all that the study has been asked for.
  ///   - controls: Whether controls are computed, too.
  /// - Throws: ``Failure`` when a manifest on record or a table cannot be read.
  public init(
    _ reader: StudyReader, registry: KindRegistry, profile: String? = nil, controls: Bool = false
  ) throws {
    let checker = ClaimChecker(reader) { name in
      let other = StudyFolder(path: reader.folder.path + "/../" + name)
      return Folder.exists(other.sweepFile) ? try StudyReader(other, registry: registry) : nil
    }
    let profiles = profile.map { [$0] }
    for manifest in try reader.manifests() {
      if manifest.claims.isEmpty { manifestsWithoutClaims.append(manifest.path) }
      // Two manifests of one study, such as a copy of the first, may make the same claim.
      for result in try checker.check(manifest.claims, profiles: profiles)
      where !results.contains(result) {
        results.append(result)
      }
      guard controls else { continue }
      for found in try checker.controls(of: manifest.claims, profiles: profiles)
      where !self.controls.contains(where: { $0 == found }) {
        self.controls.append(found)
      }
    }
  }
}

extension StudyReader {
  /// The manifests that the configurations come from, as `modlab run` last read them.
  ///
  /// - Throws: ``Failure`` when the copy on record is not one of this program.
  public func manifests() throws -> [Manifest] {
    let asked = Set(record.configurations.flatMap(\.labels).map(\.manifest))
    return try record.manifests.filter { asked.contains($0.path) }.map { copy in
      try Manifest(
        text: copy.text, path: copy.path, registry: registry, bases: record.manifests,
        isRecorded: true)
    }
  }
}
