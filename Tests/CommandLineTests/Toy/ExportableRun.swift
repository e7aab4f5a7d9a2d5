import ExperimentKit
import Runner
import Store
import TestSupport

@testable import CommandLine

/// A complete run of a kind that offers no evaluation set.
enum ExportableRun {
  /// Calls `body` with a folder that holds the run, and a function that exports it to `<folder>/x`.
  ///
  /// - Parameters:
  ///   - artefacts: tensors by the name of their file, without its end; no file for none.
  ///   - version: of the kind.
  ///   - metadata: of the files.
  static func with(
    _ artefacts: [String: [String: StoredTensor]], version: Int = LineExperiment().version,
    metadata: [String: String] = ["seed": "4", "hash": "0123456789"],
    _ body: (_ folder: String, _ export: ([String]) -> (code: ExitCode, error: String)) throws ->
      Void
  ) throws {
    try withTemporaryFolder { path in
      let run = RunFolder(path: path + "/seed-04")
      try Folder.create(at: run.path)
      let identity = RunIdentity(
        kind: "line", version: version, variant: "main", profile: "smoke",
        configuration: ["line": ["outputs": 2, "slope": 1.0]])
      try AtomicFile.write(identity.json.serialized(pretty: true), to: run.configFile)
      var status = RunStatus(.complete)
      for (name, tensors) in artefacts where !tensors.isEmpty {
        let file = "\(run.path)/\(name).safetensors"
        try Checkpoint.write(tensors, metadata: metadata, to: file, keepPrevious: false)
        status.digests["\(name).safetensors"] = try SHA256.file(at: file)
      }
      try status.write(to: run.statusFile)
      try body(path) { words in
        let terminal = Terminal()
        let code = terminal.run(["export", run.path, "--to", path + "/x"] + words)
        return (code, terminal.error)
      }
    }
  }
}
