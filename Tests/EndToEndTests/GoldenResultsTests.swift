import Foundation
import Store
import Tensors
import Testing

extension EndToEndTests {
  /// The net under every redesign: the hashes of all configurations of all shipped manifests, and
  /// the bytes of every table, of the weights and of the masks of every smoke run; of one network of
  /// each family at the other levels of kernels too.
  ///
  /// With `MODLAB_WRITE_GOLDENS=1` the lists are written instead of compared. What moves on purpose
  /// belongs in the changelog.
  @Suite(.serialized) struct GoldenResultsTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let manifests = tests.appendingPathComponent("../../experiments")
      .standardizedFileURL.path

    /// Paths of the shipped manifests of a folder with their names, sorted.
    private static func shipped(in folder: String) throws -> [(name: String, path: String)] {
      let folder = "\(manifests)/\(folder)"
      return try Folder.contents(at: folder).filter { $0.hasSuffix(".yaml") }.sorted()
        .map { (String($0.dropLast(5)), "\(folder)/\($0)") }
    }

    /// Paths of all shipped manifests.
    private static func shipped() throws -> [(name: String, path: String)] {
      try ["masks", "nulls", "clusters", "published-code", "own-networks"].flatMap(shipped(in:))
    }

    /// Those whose runs are compared: of the published code's one for each way in which it trained masks
    /// otherwise.
    private static func compared() throws -> [(name: String, path: String)] {
      let switched = ["addmul-lstm", "cifar10-cnn", "scan-lstm"]
      return try shipped(in: "masks") + shipped(in: "clusters")
        + shipped(in: "published-code").filter { study in
          switched.contains { study.name == "\($0)-published-code" }
        }
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

    /// `variant key=value …` of a line of `plan --json`; without what is switched off for comparison.
    private func label(_ record: JSONValue) -> String {
      let axes = (record["axes"]?.objectValue ?? [:]).sorted { $0.key < $1.key }
        .filter { $0.key != "controls.level" }
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
            lines += try hashes(plan, "\(name) \(profile)")
          }
        }
        #expect(lines.count > 200)
        try compare(lines.sorted(), with: "configuration-hashes.txt")
      }
    }

    /// The list is the one from before masks had controls.
    @Test func hashesWithoutControls() throws {
      try Modlab.inTemporaryFolder { modlab in
        var lines: [String] = []
        for (name, path) in try Self.shipped(in: "masks") {
          for profile in ["smoke", "paper"] {
            let plan = try modlab.run(
              "plan", path, "--profile", profile, "--seeds", "0..0", "--json", "--set",
              "controls.level=off")
            // Kinds without controls.
            if plan.code == 2, plan.error.contains("unknown key 'controls'") { continue }
            #expect(plan.code == 0, "\(name) \(profile): \(plan.error)")
            lines += try hashes(plan, "\(name) \(profile)")
          }
        }
        #expect(lines.count > 80)
        try compare(lines.sorted(), with: "configuration-hashes-without-controls.txt")
      }
    }

    private func hashes(_ plan: Modlab.Outcome, _ name: String) throws -> [String] {
      try plan.records.map { "\(name) \(label($0)) \($0["hash"]?.stringValue ?? "")" }
    }

    /// The runs of some studies at the smoke profile, at one level of kernels, in the folder `out`:
    /// label and folder of each.
    ///
    /// The kernel set of OpenBLAS is one that every machine with AVX2 has.
    private func smokeRuns(
      _ paths: [String], level: String, _ modlab: Modlab, setting sets: [String] = []
    ) throws -> [(label: String, folder: String)] {
      let arguments =
        paths + ["--profile", "smoke", "--seeds", "0..0", "--out", "out"]
        + sets.flatMap { ["--set", $0] }
      let plan = try modlab.run(["plan"] + arguments + ["--json"])
      let environment = ["MODLAB_KERNELS": level, "OPENBLAS_CORETYPE": "Haswell"]
      let run = try modlab.start(["run"] + arguments + ["-q"], environment: environment)
        .finish(within: 1800)
      #expect(run.code == 0, "\(run.error)")
      return try plan.records.map { record in
        let study = record["study"]?.stringValue ?? ""
        let variant = record["variant"]?.stringValue ?? ""
        let hash = record["hash"]?.stringValue ?? ""
        return (
          "\(study) \(label(record))",
          "\(modlab.folder)/out/\(study)/runs/\(variant)-\(hash)/seed-00"
        )
      }
    }

    /// A line for each file of tensors in the folder of a run: the checksum of its numbers. Its
    /// header also says what wrote it, which may change.
    private func tensorLines(_ label: String, _ folder: String) throws -> [String] {
      try Folder.contents(at: folder).filter { $0.hasSuffix(".safetensors") }.map { file in
        let metadata = try Safetensors.metadata(of: "\(folder)/\(file)")
        return "\(label) \(file) \(metadata[Checkpoint.dataChecksumKey] ?? "")"
      }
    }

    @Test func tablesWeightsAndMasksOfAllSmokeRuns() throws {
      try Modlab.inTemporaryFolder { modlab in
        var tables: [String] = []
        var tensors: [String] = []
        let studies = try Self.compared()
        let runs = try smokeRuns(studies.map(\.path), level: "v3", modlab)
        for (study, _) in studies {
          tables += try tableLines(study, "\(modlab.folder)/out/\(study)")
        }
        for (label, folder) in runs {
          tables += try tableLines(label, "\(folder)/metrics")
          tensors += try tensorLines(label, folder)
        }
        #expect(tables.count > 300)
        try compare(tables.sorted(), with: "smoke-tables.txt")
        #expect(tensors.count > 40)
        try compare(tensors.sorted(), with: "smoke-tensors-v3.txt")
      }
    }

    /// A line for each table in a folder.
    private func tableLines(_ name: String, _ folder: String) throws -> [String] {
      try Folder.contents(at: folder).filter { $0.hasSuffix(".csv") && $0 != "runs.csv" }.map {
        "\(name) \($0) \(try SHA256.file(at: "\(folder)/\($0)"))"
      }
    }

    /// The list is a part of the one from before masks had controls.
    @Test func tablesWithoutControls() throws {
      let names = ["addmul-fnn", "cifar10-cnn", "scan-transformer"]
      try Modlab.inTemporaryFolder { modlab in
        let studies = try Self.shipped().filter { names.contains($0.name) }
        let runs = try smokeRuns(
          studies.map(\.path), level: "v3", modlab, setting: ["controls.level=off"])
        let tables = try runs.flatMap { try tableLines($0.label, "\($0.folder)/metrics") }
        #expect(tables.count > 20)
        try compare(tables.sorted(), with: "smoke-tables-without-controls.txt")
      }
    }

    @Test(
      arguments: KernelLevel.allCases.filter { $0.isAvailable && $0 != .v3 }.map(\.rawValue))
    func weightsAndMasksAtOtherLevels(_ level: String) throws {
      let names = [
        "addmul-fnn", "addmul-lstm", "cifar10-cnn", "permuted-mnist", "scan-lstm",
        "scan-transformer",
      ]
      try Modlab.inTemporaryFolder { modlab in
        let paths = try Self.shipped().filter { names.contains($0.name) }.map(\.path)
        let tensors = try smokeRuns(paths, level: level, modlab).flatMap {
          try tensorLines($0.label, $0.folder)
        }
        #expect(tensors.count >= names.count)
        try compare(tensors.sorted(), with: "smoke-tensors-\(level).txt")
      }
    }
  }
}
