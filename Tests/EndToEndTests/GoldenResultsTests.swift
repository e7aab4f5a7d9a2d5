import Foundation
import Store
import Testing

extension EndToEndTests {
  /// The net under every redesign: the hashes of all configurations of all shipped manifests, and
  /// the bytes of every table of every smoke run.
  ///
  /// With `MODLAB_WRITE_GOLDENS=1` the lists are written instead of compared. What moves on purpose
  /// belongs in the changelog.
  @Suite(.serialized) struct GoldenResultsTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let manifests = tests.appendingPathComponent("../../experiments/masks")
      .standardizedFileURL.path

    /// Paths of all shipped manifests with their names, sorted.
    private static func shipped() throws -> [(name: String, path: String)] {
      try Folder.contents(at: manifests).filter { $0.hasSuffix(".yaml") }.sorted()
        .map { (String($0.dropLast(5)), "\(manifests)/\($0)") }
    }

    private func compare(_ lines: [String], with name: String) throws {
      let path = Self.tests.appendingPathComponent("Goldens/\(name)").path
      if ProcessInfo.processInfo.environment["MODLAB_WRITE_GOLDENS"] != nil {
        return try AtomicFile.write(lines.map { $0 + "\n" }.joined(), to: path)
      }
      let expected = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        .map(String.init)
      #expect(lines.filter { !expected.contains($0) } == [], "lines of \(name) that are new")
      #expect(expected.filter { !lines.contains($0) } == [], "lines of \(name) that are missing")
    }

    /// `variant key=value …` of a line of `plan --json`.
    private func label(_ record: JSONValue) -> String {
      let axes = (record["axes"]?.objectValue ?? [:]).sorted { $0.key < $1.key }
        .map { "\($0.key)=\($0.value.stringValue ?? "")" }
      return ([record["variant"]?.stringValue ?? ""] + axes).joined(separator: " ")
    }

    @Test func hashesOfAllShippedConfigurations() throws {
      try Modlab.inTemporaryFolder { modlab in
        var lines: [String] = []
        for (name, path) in try Self.shipped() {
          for profile in ["smoke", "quick", "desk", "paper"] {
            let plan = try modlab.run(
              "plan", path, "--profile", profile, "--seeds", "0..0", "--json")
            #expect(plan.code == 0, "\(name) \(profile): \(plan.error)")
            lines += try plan.records.map {
              "\(name) \(profile) \(label($0)) \($0["hash"]?.stringValue ?? "")"
            }
          }
        }
        #expect(lines.count > 200)
        try compare(lines.sorted(), with: "configuration-hashes.txt")
      }
    }

    @Test func tablesOfAllSmokeRuns() throws {
      try Modlab.inTemporaryFolder { modlab in
        // One level of kernels and of BLAS that every machine with AVX2 has.
        let environment = ["MODLAB_KERNELS": "v3", "OPENBLAS_CORETYPE": "Haswell"]
        let arguments =
          try Self.shipped().map(\.path) + [
            "--profile", "smoke", "--seeds", "0..0", "--out", "out",
          ]
        let plan = try modlab.run(["plan"] + arguments + ["--json"])
        let run = try modlab.start(["run"] + arguments + ["-q"], environment: environment)
          .finish(within: 600)
        #expect(run.code == 0, "\(run.error)")
        var lines: [String] = []
        func add(_ name: String, _ folder: String) throws {
          for file in try Folder.contents(at: folder)
          where file.hasSuffix(".csv") && file != "runs.csv" {
            lines.append("\(name) \(file) \(try SHA256.file(at: "\(folder)/\(file)"))")
          }
        }
        for (study, _) in try Self.shipped() {
          try add(study, "\(modlab.folder)/out/\(study)")
        }
        for record in try plan.records {
          let study = record["study"]?.stringValue ?? record["experiment"]?.stringValue ?? ""
          let variant = record["variant"]?.stringValue ?? ""
          let hash = record["hash"]?.stringValue ?? ""
          try add(
            "\(study) \(label(record))",
            "\(modlab.folder)/out/\(study)/runs/\(variant)-\(hash)/seed-00/metrics")
        }
        #expect(lines.count > 300)
        try compare(lines.sorted(), with: "smoke-tables.txt")
      }
    }
  }
}
