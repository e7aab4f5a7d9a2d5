import ExperimentKit
import Runner
import Store

/// A run that the user names by its folder.
struct RunReference {
  let folder: RunFolder
  let identity: RunIdentity
  let seed: String
  let status: RunStatus

  static let operandSummary = "folder of a run, such as results/addmul-fnn/runs/main-…/seed-00"

  /// Finds a run.
  ///
  /// - Throws: ``Failure`` that names what is there when the path is no folder of a run.
  init(_ path: String) throws {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    let folder = RunFolder(path: path)
    guard Folder.exists(folder.configFile) else { throw RunReference.missing(path) }
    let bytes = try InputFile.bytes(
      at: folder.configFile, maximumSize: 16 << 20, missing: .corrupt)
    self.folder = folder
    identity = try RunIdentity(
      json: JSONValue.parse(bytes, file: folder.configFile), file: folder.configFile)
    seed = String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
    status = try RunStatus.read(folder.statusFile)
  }

  /// Short name for tables.
  var label: String { "\(identity.folderName)/\(seed)" }

  private static func missing(_ path: String) -> Failure {
    var failure = Failure(
      .dataMissing, "\(Failure.quote(path)) is no folder of a run", why: "it has no config.json")
    let slash = path.lastIndex(of: "/")
    let parent = slash.map { String(path[..<$0]) } ?? "."
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    let inside = ((try? Folder.contents(at: path)) ?? []).filter { !$0.hasPrefix(".") }
    if let run = StudyFolder(path: path).existingRuns().first {
      failure.help = "name a run, such as \(path)/runs/\(run.configurationName)/\(run.seedName)"
    } else if !inside.isEmpty {
      failure.help = "name a folder in it: \(inside.prefix(8).joined(separator: ", "))"
    } else if let near = (try? Folder.contents(at: parent)).flatMap({
      Suggestion.nearest(to: name, among: $0)
    }) {
      failure.why = "there is nothing"
      failure.help = "did you mean '\(parent)/\(near)'?"
    } else {
      failure.why = "there is nothing"
      failure.help = "name the \(operandSummary)"
    }
    return failure
  }

  /// Names of the tables that the run has recorded.
  var tables: [String] {
    folder.tableFiles()
      .map { String($0.dropFirst("metrics/".count).dropLast(".csv".count)) }
  }

  /// The rows of a table: keys with the metric, and the value.
  func rows(of table: String) throws -> CSVTable {
    try CSVTable.read(folder.metricsFile(table), missing: .corrupt)
  }

  /// Facts about the environment in which the run was computed.
  var environment: [(key: String, value: String)] {
    [
      ("host", status.host), ("blas_core", status.blasCore),
      ("kernel_level", status.kernelLevel), ("threads", String(status.threads)),
      ("peak_rss_mib", CSVNumber.format(status.peakMebibytes)),
    ]
  }
}
