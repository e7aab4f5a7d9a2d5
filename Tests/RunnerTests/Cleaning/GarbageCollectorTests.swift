import ExperimentKit
import Foundation
import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct GarbageCollectorTests {
  private func collector(
    _ walks: Walks, includesSuperseded: Bool = false
  ) throws -> GarbageCollector {
    try GarbageCollector(
      walks.output, registry: walks.registry, includesSuperseded: includesSuperseded)
  }

  private func found(_ walks: Walks, includesSuperseded: Bool = false) throws -> [String] {
    try collector(walks, includesSuperseded: includesSuperseded).find().garbage.map {
      "\($0.kind.word) \($0.path.dropFirst(walks.output.root.count + 1))"
    }
  }

  /// All files with their content.
  private func content(_ root: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: root)
    where !Folder.isFolder("\(root)/\(path)") {
      files[path] = try InputFile.bytes(at: "\(root)/\(path)")
    }
    return files
  }

  @Test func currentResultsAreNoGarbageInWhateverState() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0, 1]))
      for end in ["fail", "diverge"] {
        try walks.compute(walks.request(seeds: [0], sets: ["walk.end=\(end)"], only: "slow*"))
      }
      let before = try content(walks.output.root)
      #expect(before.count > 10)
      #expect(try found(walks) == [])
      #expect(try content(walks.output.root) == before)
    }
  }

  @Test func runsOfAnEarlierManifestAreKeptUnlessAskedFor() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let old = try walks.request(seeds: [0, 1], only: "slow")
      try walks.compute(old)
      let new = try walks.request(
        Walks.manifest.replacing("pace: 0.5", with: "pace: 0.75"), seeds: [0, 1])
      try walks.compute(new)
      let kept = try Plan.make(new).runs.filter { $0.reason == .done }.map(\.name)
      let superseded = try Plan.make(new).runs.filter { $0.reason == .superseded }.map(\.name)
      #expect(kept.count == 4 && superseded.count == 2)
      let before = try content(walks.output.root)
      #expect(try found(walks) == [])
      #expect(
        try found(walks, includesSuperseded: true)
          == superseded.map { "superseded-run walk/runs/\($0.configurationName)/\($0.seedName)" })
      #expect(try content(walks.output.root) == before)

      // One of them is in use.
      let lock = try FileLock.acquire(walks.folder.run(superseded[1]).lockFile)
      #expect(try found(walks, includesSuperseded: true).count == 1)
      let collector = try collector(walks, includesSuperseded: true)
      let garbage = try collector.find().garbage
      #expect(garbage.map(collector.remove) == [true])
      lock.release()
      let rest = try collector.find().garbage
      #expect(rest.map(collector.remove) == [true])
      #expect(!Folder.exists(walks.folder.runs + "/" + superseded[0].configurationName))
      #expect(try found(walks, includesSuperseded: true) == [])
      try collector.forgetSuperseded()
      let record = try #require(try StudyRecord.read(walks.folder))
      #expect(record.configurations.allSatisfy { !$0.labels.isEmpty })
      let names = Set(kept.map(\.configurationName))
      #expect(
        try content(walks.output.root).filter { $0.key != "walk/sweep.json" }
          == before.filter { file in
            file.key != "walk/sweep.json" && !file.key.hasPrefix("walk/runs/")
              || names.contains { file.key.contains($0) }
          })
    }
  }

  /// A copy of a folder keeps the name of the study in its record.
  @Test func theRunsOfARenamedFolderAreNotSuperseded() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0, 1]))
      let renamed = walks.output.root + "/walk-of-last-year"
      try FileManager.default.moveItem(atPath: walks.folder.path, toPath: renamed)
      #expect(try found(walks, includesSuperseded: true) == [])
    }
  }

  @Test func aRunThatWasFoundMayHaveComeIntoUse() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0]))
      try walks.compute(
        walks.request(Walks.manifest.replacing("pace: 0.5", with: "pace: 0.75"), seeds: [0]))
      let collector = try collector(walks, includesSuperseded: true)
      let garbage = try collector.find().garbage
      #expect(garbage.count == 1)
      let lock = try FileLock.acquire(garbage[0].path + "/.lock")
      #expect(garbage.map(collector.remove) == [false])
      #expect(Folder.exists(garbage[0].path))
      lock.release()
    }
  }

  @Test func leftoversOfKilledProcessesAreFound() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let run = try Plan.make(walks.request(seeds: [0], only: "slow")).runs[0].name
      try walks.compute(walks.request(seeds: [0], only: "slow"))
      let folder = walks.folder.run(run)
      let name = "walk/runs/\(run.configurationName)/seed-00"
      for file in [folder.path + "/.weights.safetensors.7-1.tmp", folder.metrics + "/.a.8-2.tmp"] {
        _ = FileManager.default.createFile(atPath: file, contents: Data([1, 2]))
      }
      let owner = #"{"pid":1,"start":2,"host":"elsewhere","since":"then"}"#
      try AtomicFile.write(owner, to: folder.lockFile)
      try AtomicFile.write(owner, to: walks.output.cache + "/x.lock")
      try AtomicFile.write("kept", to: folder.path + "/notes.txt")
      #expect(
        try found(walks) == [
          "temporary \(name)/.weights.safetensors.7-1.tmp", "lock \(name)/.lock",
          "temporary \(name)/metrics/.a.8-2.tmp", "lock cache/x.lock",
        ])
      let collector = try collector(walks)
      let garbage = try collector.find().garbage
      #expect(garbage[0].bytes == 2)
      #expect(garbage[1].remark == "of process 1 on host 'elsewhere' since then")
      #expect(garbage.map(collector.remove) == [true, true, true, true])
      #expect(try found(walks) == [])
      #expect(Folder.exists(folder.path + "/notes.txt"))
      #expect(try Plan.make(walks.request(seeds: [0], only: "slow")).runs[0].reason == .done)
    }
  }

  @Test func whatALivingProcessHoldsIsNoGarbage() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0]))
      let locks = try collector(walks).lock()
      let meanwhile = try AtomicFile.write(to: walks.folder.path + "/x") { _ in
        try found(walks)
      }
      #expect(meanwhile == [])
      locks.release()
    }
  }

  @Test func arraysOnRecordKeepTheirFilesAndRuns() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let old = try walks.request(seeds: [0], only: "slow")
      try walks.compute(old)
      let name = try Plan.make(old).runs[0].name
      try walks.compute(
        walks.request(Walks.manifest.replacing("pace: 0.5", with: "pace: 0.75"), seeds: [0]))
      for submission in ["modlab-walk-1", "modlab-walk-2"] {
        try Folder.create(at: walks.output.slurm(submission))
      }
      try SlurmRecord(submissions: [
        .init(
          name: "modlab-walk-2", job: "12", submitted: "", arguments: [],
          tasks: [.init(index: 0, run: name, attempts: 1, seconds: 0)])
      ]).write(walks.folder)
      #expect(try found(walks) == ["slurm-files slurm/modlab-walk-1"])
      let collector = try collector(walks)
      #expect(try collector.find().garbage.map(collector.remove) == [true])
      #expect(Folder.exists(walks.output.slurm("modlab-walk-2")))
    }
  }

  @Test func ofOneExperimentWhatIsSharedIsLeftAlone() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0]))
      try Folder.create(at: walks.output.slurm("modlab-walk-1"))
      let collector = try GarbageCollector(
        OutputFolder(walks.folder.path), registry: walks.registry)
      #expect(try collector.find().garbage == [])
      try collector.lock().release()
    }
  }

  @Test func withADamagedRecordNothingIsGarbage() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0]))
      try AtomicFile.write("{}", to: walks.folder.sweepFile)
      let failure = #expect(throws: Failure.self) { try collector(walks) }
      #expect(failure?.exitCode == .corrupt)
    }
  }
}

@Suite struct CacheGarbageTests {
  private func write(_ key: JSONValue, seed: Int, _ walks: Walks, name: String) throws {
    let whole: JSONValue = ["format": "modlab-cache-1", "key": key, "phase": "walk"]
    try Checkpoint.write(
      ["x": .uint8([1], [1])],
      metadata: ["format": "modlab-cache-1", "key": whole.serialized(), "seed": String(seed)],
      to: "\(walks.output.cache)/\(name).safetensors", keepPrevious: false)
  }

  @Test func entriesThatNoCurrentSeedStartsFromAreUnused() throws {
    try withTemporaryFolder { path in
      var walks = Walks(path)
      var experiment = WalkExperiment()
      experiment.sharesPretraining = true
      walks.registry = KindRegistry([experiment])
      try walks.compute(walks.request(seeds: [0, 1], only: "slow"))
      let names = try Folder.contents(at: walks.output.cache)
      #expect(names == [])
      try write(["pace": 0.5], seed: 1, walks, name: "used")
      try write(["pace": 0.5], seed: 7, walks, name: "other-seed")
      try write(["pace": 0.6], seed: 1, walks, name: "other-key")
      try AtomicFile.write("junk", to: walks.output.cache + "/junk.safetensors")
      try write(["pace": 0.6], seed: 2, walks, name: "locked")
      let lock = try FileLock.acquire(walks.output.cache + "/locked.lock")
      let collector = try GarbageCollector(walks.output, registry: walks.registry)
      let garbage = try collector.find().garbage
      #expect(
        garbage.map { $0.path.split(separator: "/").last }
          == ["junk.safetensors", "other-key.safetensors", "other-seed.safetensors"])
      #expect(garbage.allSatisfy { $0.kind == .cacheEntry })
      #expect(garbage.map(collector.remove) == [true, true, true])
      lock.release()

      // An experiment that this program does not know may use anything.
      let (rest, remarks) = try GarbageCollector(
        walks.output, registry: KindRegistry([])
      ).find()
      #expect(rest == [])
      #expect(remarks.count == 1)
    }
  }
}
