import Foundation
import Store
import Tensors
import Testing

/// A sweep of runs that take a fraction of a second, to be disturbed in any number of folders and
/// compared with one that was not.
struct TinySweep {
  /// Steps between two checkpoints.
  static let checkpointInterval = 5

  /// Optimiser steps of a run.
  static let steps = 30 + 3 * 12

  /// Checkpoints every few steps.
  static let environment = ["MODLAB_CHECKPOINT_EVERY_STEPS": String(checkpointInterval)]

  static let manifest = """
    schema: 1
    experiment: addmul-fnn
    study: addmul-fnn
    task: {digits: 1, train-size: 40, valid-size: 16}
    model: {hidden: [8, 8]}
    pretrain: {steps: 30, batch: 8, lr: 1.0e-3, clip: 1.0}
    mask: {steps: 12, lr: 1.0e-2, beta: 1.0e-4, samples: 4, init-logit: 2.0}
    controls: off
    log-every: 7

    """

  let modlab: Modlab
  let seeds: ClosedRange<Int>
  /// The results of an undisturbed sweep.
  let expected: [String: [UInt8]]
  /// Seconds that it took.
  let seconds: Double

  /// Computes the undisturbed results of some seeds below 9.
  init(_ modlab: Modlab, seeds: ClosedRange<Int> = 0...1) throws {
    self.modlab = modlab
    self.seeds = seeds
    try modlab.write(Self.manifest, to: "m.yaml")
    // Seed 9 is complete in every folder from the start: the plan estimates from its time instead
    // of measuring the speed of the processor, which takes longer than a run.
    let first = try modlab.run(
      "run", "m.yaml", "--seeds", "9..9", "--out", "template", environment: Self.environment)
    #expect(first.code == 0, "\(first.error)")
    try FileManager.default.copyItem(
      atPath: modlab.folder + "/template", toPath: modlab.folder + "/expected")
    let whole = try modlab.run(
      ["run", "m.yaml", "--seeds", Self.list(seeds), "--out", "expected"],
      environment: Self.environment)
    #expect(whole.code == 0, "\(whole.error)")
    seconds = whole.seconds
    expected = try modlab.results("expected")
  }

  /// Makes a folder in which no run of the seeds has begun.
  func prepare(_ name: String) throws {
    try? FileManager.default.removeItem(atPath: "\(modlab.folder)/\(name)")
    try FileManager.default.copyItem(
      atPath: modlab.folder + "/template", toPath: "\(modlab.folder)/\(name)")
  }

  /// The words that compute the sweep in a folder, also what has failed before.
  func words(_ name: String) -> [String] {
    [
      "run", "m.yaml", "--seeds", Self.list(seeds), "--out", name, "--retry", "failed", "--json",
    ]
  }

  private static func list(_ seeds: ClosedRange<Int>) -> String {
    (Array(seeds) + [9]).map(String.init).joined(separator: ",")
  }

  /// Starts the sweep in a folder.
  func start(
    _ name: String, environment: [String: String] = [:], wrapper: [String] = []
  ) throws -> RunningModlab {
    try modlab.start(
      words(name), environment: Self.environment.merging(environment) { $1 }, wrapper: wrapper)
  }

  /// Runs the sweep in a folder.
  func run(_ name: String, environment: [String: String] = [:]) throws -> Modlab.Outcome {
    try start(name, environment: environment).finish()
  }

  /// Lets the sweep end undisturbed, and expects the same bytes and nothing left over.
  func expectTheSameEnd(_ name: String, _ comment: @autoclosure () -> String) throws {
    let outcome = try run(name)
    #expect(outcome.code == 0, "\(comment()): \(outcome.error)")
    let results = try modlab.results(name)
    let differing = expected.keys.filter { results[$0] != expected[$0] }.sorted()
    #expect(differing == [] && results.count == expected.count, "\(comment())")
    #expect(try leftovers(name) == [], "\(comment())")
  }

  /// Temporary files and locks in a folder.
  func leftovers(_ name: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: "\(modlab.folder)/\(name)")
      .filter { $0.hasSuffix(".tmp") || $0.hasSuffix(".lock") }.sorted()
  }

  /// The folders of the seeds that exist.
  func runFolders(_ name: String) throws -> [String] {
    let runs = "\(modlab.folder)/\(name)/addmul-fnn/runs"
    guard let configuration = try Folder.contents(at: runs).first else { return [] }
    return seeds.map { "\(runs)/\(configuration)/seed-0\($0)" }.filter(Folder.isFolder)
  }

  /// Parts of a run, optimiser steps and evaluations, that are done when so many steps of a phase are,
  /// or when an evaluation begins.
  ///
  /// - Parameter log: of the run; evaluations are counted by their ends.
  static func parts(before step: Int, of phase: String, log: String) -> Int {
    let starts = ["pretrained": 0, "masks-full": 30, "masks-add": 42, "masks-mul": 54]
    if let start = starts[phase] { return start + step }
    let finished = log.matches(of: /phase (evaluate-\S+): finished/).map { $0.1 }
    return steps + Set(finished).count
  }

  /// Whether the status of a run says that it is complete.
  func isComplete(_ folder: String) throws -> Bool {
    let path = folder + "/status.json"
    guard Folder.exists(path) else { return false }
    let status = try JSONValue.parse(InputFile.bytes(at: path), file: path)
    return status["status"] == "complete"
  }

  /// How far the checkpoint of a run is, in parts of all steps; 0 when there is none.
  ///
  /// - Throws: when the checkpoint is damaged.
  func savedStep(_ folder: String) throws -> Int {
    let path = folder + "/checkpoint.safetensors"
    guard Folder.exists(path) else { return 0 }
    let checkpoint = try Checkpoint.read(path)
    #expect(checkpoint.warning == nil, "\(path)")
    let finished = try JSONValue.parse(checkpoint.metadata["finished"] ?? "", file: path)
    let steps = (finished.objectValue ?? [:]).values.compactMap(\.integerValue).reduce(0, +)
    let running = try JSONValue.parse(checkpoint.metadata["running"] ?? "", file: path)
    return (running.objectValue ?? [:]).values.compactMap { $0["step"]?.integerValue }
      .reduce(steps, +)
  }
}

/// Decisions of a test that look random and are the same every time.
struct Chance {
  private let stream: RandomStream
  private var draws = 0

  init(_ name: String) { stream = RandomSource(seed: 2024).stream(name) }

  /// A number in 0..<bound.
  mutating func integer(below bound: Int) -> Int {
    draws += 1
    return stream.at(step: 0).integer(index: draws, below: bound)
  }

  /// A number in 0..<1.
  mutating func fraction() -> Double { Double(integer(below: 1 << 24)) * 0x1p-24 }
}
