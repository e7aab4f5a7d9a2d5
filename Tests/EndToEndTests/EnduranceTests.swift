import Foundation
import Store
import Testing

extension EndToEndTests {
  /// H3 and H4: long runs and long sweeps keep no memory, files or processes.
  @Suite(.serialized) struct EnduranceTests {
    /// Resident memory of a process in KiB; 0 when it has ended.
    private func residentKibibytes(_ process: pid_t) -> Int {
      let text = (try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8)) ?? ""
      let fields = text.split(separator: " ")
      return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) / 1024 : 0
    }

    /// Only what was measured between two reports of the phase counts: behind its last one the phase may
    /// have ended, and what comes then (saving, evaluating) takes memory of its own.
    @Test(arguments: ["pretrained", "masks-full"])
    func memoryIsFlatOverTwentyThousandSteps(phase: String) throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(TinySweep.manifest, to: "m.yaml")
        let steps =
          phase == "pretrained"
          ? ["pretrain.steps=20000", "mask.steps=1"] : ["pretrain.steps=1", "mask.steps=20000"]
        let running = try modlab.start(
          [
            "run", "m.yaml", "--seeds", "1", "--json", "--set", steps[0], "--set", steps[1],
            "--set",
            "log-every=1000000",
          ], environment: ["PATH": "/nonexistent"])
        // Memory by the step reached when it was measured.
        var samples: [(step: Int, kibibytes: Int)] = []
        while running.isRunning {
          guard let worker = running.workers.first else { continue }
          let kibibytes = residentKibibytes(worker)
          let line = running.output.split(separator: "\n").last { $0.hasSuffix("}") }
          let event = line.flatMap { try? JSONValue.parse(String($0), file: "event") }
          if event?["event"] == "step", event?["phase"]?.stringValue == phase,
            let step = event?["step"]?.integerValue, kibibytes > 0
          {
            samples.append((step, kibibytes))
          } else if event?["phase"]?.stringValue?.hasPrefix("masks-add") == true {
            running.send(SIGKILL)
          }
          usleep(20_000)
        }
        _ = try running.finish()
        let last = samples.last?.step ?? 0
        let warm = samples.filter { $0.step >= 1000 && $0.step < last }
        let first = try #require(warm.first)
        let most = try #require(warm.map(\.kibibytes).max())
        #expect(warm.count >= 5, "\(samples)")
        #expect(most - first.kibibytes <= 1024, "\(samples)")
        print("\(phase): \(most - first.kibibytes) KiB more after step \(first.step)")
      }
    }

    @Test func aLongSweepLeaksNeitherFilesNorProcesses() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(TinySweep.manifest, to: "m.yaml")
        let runs = Depth.repetitions(48, full: 1000)
        let workers = 8
        let running = try modlab.start(
          [
            "run", "m.yaml", "--seeds", "\(runs)", "-j", "\(workers)", "-q", "--set",
            "pretrain.steps=2", "--set", "mask.steps=1", "--set", "task.valid-size=4",
          ], environment: ["PATH": "/nonexistent"])
        var openFiles: [Int] = []
        var mostWorkers = 0
        while running.isRunning {
          let files = try? FileManager.default.contentsOfDirectory(
            atPath: "/proc/\(running.identifier)/fd")
          if let files, !files.isEmpty { openFiles.append(files.count) }
          mostWorkers = max(mostWorkers, running.workers.count)
          usleep(5_000)
        }
        let outcome = try running.finish(within: 1200)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(mostWorkers <= workers && mostWorkers >= 2)
        // Three pipes for each worker, and what the program itself needs.
        #expect(openFiles.max() ?? 0 <= 3 * workers + 30)
        #expect(processes(in: modlab.folder) == [])
        let left = try FileManager.default.subpathsOfDirectory(atPath: modlab.folder + "/results")
          .filter { $0.hasSuffix(".tmp") || $0.hasSuffix(".lock") }
        #expect(left == [])
        let table = try CSVTable.read(modlab.folder + "/results/addmul-fnn/runs.csv")
        #expect(table.rows.count == runs)
        #expect(table.rows.allSatisfy { $0.contains("complete") })
        print("\(runs) runs in \(outcome.seconds) s, at most \(openFiles.max() ?? 0) open files")
      }
    }

    /// The processes whose working folder is this one.
    private func processes(in folder: String) -> [String] {
      let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      return all.filter { name in
        Int(name) != nil
          && (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(name)/cwd"))
            == folder
      }
    }
  }
}
