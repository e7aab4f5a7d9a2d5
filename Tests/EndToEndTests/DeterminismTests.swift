import Foundation
import Store
import Tensors
import Testing

extension EndToEndTests {
  /// D1, D2, D3 and D8: the same bytes however a sweep is computed, and what they may depend on is
  /// on record.
  @Suite(.serialized) struct DeterminismTests {
    /// All files of a sweep except those with times and command lines.
    private func timelessFiles(_ folder: String) throws -> [String: [UInt8]] {
      var files: [String: [UInt8]] = [:]
      for path in try FileManager.default.subpathsOfDirectory(atPath: folder)
      where !Folder.isFolder("\(folder)/\(path)") {
        let name = URL(fileURLWithPath: path).lastPathComponent
        if ["status.json", "log.txt", "runs.csv", "sweep.json"].contains(name) { continue }
        files[path] = try InputFile.bytes(at: "\(folder)/\(path)")
      }
      return files
    }

    @Test func twiceTheSameSweepGivesTheSameFiles() throws {
      try Modlab.inTemporaryFolder { modlab in
        let sweep = try TinySweep(modlab)
        try sweep.prepare("again")
        try sweep.expectTheSameEnd("again", "the second time")
        let first = try timelessFiles(modlab.folder + "/expected")
        let second = try timelessFiles(modlab.folder + "/again")
        #expect(first.count >= 40)
        #expect(first.keys.contains { $0.hasPrefix("cache/") })
        #expect(first.keys.sorted() == second.keys.sorted())
        #expect(first.keys.filter { first[$0] != second[$0] } == [])
        // What differs of the others are times and memory.
        func table(_ name: String) throws -> [[String]] {
          let table = try CSVTable.read("\(modlab.folder)/\(name)/addmul-fnn/runs.csv")
          let timed = Set(["seconds", "peak_rss_mib"].compactMap(table.header.firstIndex))
          return table.rows.map { row in
            row.indices.filter { !timed.contains($0) }.map { row[$0] }
          }
        }
        #expect(try table("expected") == table("again"))
      }
    }

    @Test func theNumberOfWorkersTheOrderAndOtherLoadDoNotMatter() throws {
      try Modlab.inTemporaryFolder { modlab in
        let sweep = try TinySweep(modlab, seeds: 0...2)
        func run(_ seeds: String, workers: Int, to name: String) throws {
          let outcome = try modlab.run(
            ["run", "m.yaml", "--seeds", seeds, "-j", String(workers), "--out", name],
            environment: TinySweep.environment)
          #expect(outcome.code == 0, "\(outcome.error)")
        }
        for workers in [1, 2, 3, 8] {
          let name = "workers-\(workers)"
          try sweep.prepare(name)
          try run("0,1,2,9", workers: workers, to: name)
          #expect(try modlab.results(name) == sweep.expected, "\(workers) workers")
        }
        try sweep.prepare("order")
        for seed in [2, 0, 1] { try run("\(seed)..\(seed)", workers: 1, to: "order") }
        try run("0,1,2,9", workers: 1, to: "order")
        #expect(try modlab.results("order") == sweep.expected, "another order")
        try sweep.prepare("load")
        try withBusyProcessors {
          try run("0,1,2,9", workers: 3, to: "load")
        }
        #expect(try modlab.results("load") == sweep.expected, "with other load")
      }
    }

    /// Keeps all processors busy meanwhile.
    private func withBusyProcessors(_ body: () throws -> Void) throws {
      let others = try (0..<ProcessInfo.processInfo.activeProcessorCount).map { _ in
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // Ends by itself should the test be killed.
        process.arguments = ["-c", "ulimit -t 60; while :; do :; done"]
        try process.run()
        return process
      }
      defer {
        for process in others {
          // Not SIGTERM, which the test's thread may have blocked, and its children with it.
          kill(process.processIdentifier, SIGKILL)
          process.waitUntilExit()
        }
      }
      try body()
    }

    @Test func aRunDoesNotDependOnTheOthersOfItsSweep() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(TinySweep.manifest, to: "m.yaml")
        let betas = (1...Depth.repetitions(20, full: 50)).map { "\($0)e-5" }
        func words(_ betas: [String], to name: String) -> [String] {
          [
            "run", "m.yaml", "--seeds", "1", "--set", "pretrain.steps=6", "--set", "mask.steps=3",
            "--set", "task.valid-size=4", "--set", "mask.beta=\(betas.joined(separator: ","))",
            "--out", name,
          ]
        }
        let grid = try modlab.run(words(betas, to: "grid"), environment: TinySweep.environment)
        #expect(grid.code == 0, "\(grid.error)")
        let together = try modlab.results("grid").filter { $0.key.contains("/runs/") }
        #expect(
          try Folder.contents(at: modlab.folder + "/grid/addmul-fnn/runs").count == betas.count)
        for beta in [betas[0], betas[betas.count / 2], betas[betas.count - 1]] {
          let single = try modlab.run(
            words([beta], to: "alone-\(beta)"), environment: TinySweep.environment)
          #expect(single.code == 0, "\(single.error)")
          let alone = try modlab.results("alone-\(beta)").filter { $0.key.contains("/runs/") }
          #expect(alone.count >= 9)
          #expect(alone.filter { together[$0.key] != $0.value }.keys.sorted() == [], "beta \(beta)")
        }
      }
    }

    @Test func everyRunHasItsEnvironmentOnRecord() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(TinySweep.manifest, to: "m.yaml")
        // With git, unlike the other tests: the program stands in the work tree of its sources.
        let outcome = try modlab.run("run", "m.yaml", "--seeds", "2")
        #expect(outcome.code == 0, "\(outcome.error)")
        let sweep = try JSONValue.parse(
          modlab.text("results/addmul-fnn/sweep.json"), file: "sweep.json")
        var records = [try #require(sweep["environment"])]
        let runs = modlab.folder + "/results/addmul-fnn/runs"
        let configuration = try #require(try Folder.contents(at: runs).first)
        for seed in ["seed-00", "seed-01"] {
          let path = "\(runs)/\(configuration)/\(seed)/status.json"
          let status = try JSONValue.parse(InputFile.bytes(at: path), file: path)
          records.append(try #require(status["environment"]))
        }
        let library = ["blas_core", "blas_library", "blas_parallel"]
        for (index, record) in records.enumerated() {
          for key in [
            "kernel_level", "cpu_model", "cpu_features", "compiler", "modlab_version", "host",
            "system", "program_sha256",
          ] {
            #expect(record[key]?.stringValue?.isEmpty == false, "\(key)")
          }
          // The parent does not load the linear-algebra library.
          for key in library {
            #expect(record[key]?.stringValue?.isEmpty == (index == 0 ? nil : false), "\(key)")
          }
          #expect(record["threads"]?.integerValue == 1)
          #expect(record["cores"]?.integerValue ?? 0 > 0)
          #expect(record["system"]?.stringValue?.contains("glibc") == true)
        }
        // The workers know what their parent knows, also about the program.
        let common = records.map { record in
          (record.objectValue ?? [:]).filter { !library.contains($0.key) }
        }
        #expect(common.allSatisfy { $0 == common[0] }, "\(records)")
        let version = try #require(try modlab.run("version", "--json").records.first)
        for key in ["git_commit", "git_dirty", "program_sha256"] {
          #expect(records[0][key] == version[key], "\(key)")
        }
        #expect(
          try records[0]["program_sha256"]
            == .string(SHA256.file(at: try #require(Modlab.program))))
      }
    }

    @Test(
      .enabled(
        if: BLAS.configuration.contains("DYNAMIC_ARCH"), "this OpenBLAS has one set of kernels"))
    func differentKernelsInOneSweepAreAWarningAndAColumn() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(TinySweep.manifest, to: "m.yaml")
        // Every processor with 64 bits can execute both.
        for (seed, core) in [("0", "Prescott"), ("1", "Nehalem")] {
          let outcome = try modlab.run(
            "run", "m.yaml", "--seeds", "\(seed)..\(seed)",
            environment: TinySweep.environment.merging(["OPENBLAS_CORETYPE": core]) { $1 })
          #expect(outcome.code == 0, "\(outcome.error)")
          #expect(
            outcome.error.contains("mixes results of different BLAS kernels") == (seed == "1"))
        }
        let summary = try modlab.run("summarize", "results")
        #expect(summary.error.contains("(Nehalem, Prescott)"), "\(summary.error)")
        let table = try CSVTable.read(modlab.folder + "/results/addmul-fnn/runs.csv")
        let column = try #require(table.header.firstIndex(of: "blas_core"))
        #expect(table.rows.map { $0[column] } == ["Prescott", "Nehalem"])
      }
    }

    @Test func differentRoundingInOneSweepIsAWarningAndAColumn() throws {
      guard KernelLevel.active.hasFusedMultiplyAdd else { return }
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(TinySweep.manifest, to: "m.yaml")
        for (seed, level) in [("0", "base"), ("1", KernelLevel.active.rawValue)] {
          let outcome = try modlab.run(
            "run", "m.yaml", "--seeds", "\(seed)..\(seed)",
            environment: TinySweep.environment.merging(["MODLAB_KERNELS": level]) { $1 })
          #expect(outcome.code == 0, "\(outcome.error)")
          #expect(
            outcome.error.contains("mixes results of different kernel levels") == (seed == "1"),
            "\(outcome.error)")
        }
        let table = try CSVTable.read(modlab.folder + "/results/addmul-fnn/runs.csv")
        let column = try #require(table.header.firstIndex(of: "kernel_level"))
        #expect(table.rows.map { $0[column] } == ["base", KernelLevel.active.rawValue])
      }
    }
  }
}
