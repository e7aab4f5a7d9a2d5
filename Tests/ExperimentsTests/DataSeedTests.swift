import ExperimentKit
import Experiments
import Store
import Testing

/// One seed for the data of all runs.
@Suite struct DataSeedTests {
  struct Subject: Sendable, CustomTestStringConvertible {
    var experiment: String
    var changes: [(String, String)] = []
    var testDescription: String { experiment }
  }

  static let subjects = [
    Subject(experiment: "addmul-fnn", changes: [("task.valid-size", "60")]),
    Subject(experiment: "double-add-lstm", changes: [("task.valid-size", "60")]),
    Subject(experiment: "scan-lstm"), Subject(experiment: "math-transformer"),
    Subject(experiment: "cifar10-cnn"), Subject(experiment: "cifar10-resnet"),
    Subject(experiment: "permuted-mnist"),
  ]

  private func examples(_ subject: Subject, seed: Int, dataSeed: Int?) throws -> EvaluationSet {
    let changes = subject.changes + (dataSeed.map { [("task.data-seed", "\($0)")] } ?? [])
    let (kind, configuration) = try TinyRun.configuration(subject.experiment, changes)
    return try kind.prepare(json: configuration).evaluationSet(seed: seed, dataFolder: "data")
  }

  @Test(arguments: subjects) func `all runs see the same data`(_ subject: Subject) throws {
    let own = try [0, 1].map { try examples(subject, seed: $0, dataSeed: nil) }
    #expect(own[0].inputs != own[1].inputs, "every run draws its own data by default")
    let shared = try [0, 1].map { try examples(subject, seed: $0, dataSeed: 0) }
    #expect(shared[0].inputs == shared[1].inputs && shared[0].targets == shared[1].targets)
    #expect(shared[0].inputs == own[0].inputs, "those of the run with that seed")
    let other = try examples(subject, seed: 0, dataSeed: 7)
    #expect(other.inputs != shared[0].inputs)
  }

  /// What the key changes is part of what identifies a run and its trained network; a configuration
  /// without it is what it was before the key existed.
  @Test(arguments: subjects) func `the key counts only where it is used`(_ subject: Subject) throws
  {
    let (kind, plain) = try TinyRun.configuration(subject.experiment, subject.changes)
    #expect(plain["task"]?["data-seed"] == nil)
    let (_, seeded) = try TinyRun.configuration(
      subject.experiment, subject.changes + [("task.data-seed", "3")])
    #expect(seeded["task"]?["data-seed"] == 3)
    let keys = try [plain, seeded].map { try kind.prepare(json: $0).pretrainingKey }
    #expect(keys[0] == nil || keys[0] != keys[1])
  }

  @Test func `batches and initial values stay those of the run`() throws {
    let runs = try [0, 1].map { seed in
      try TinyRun.run(
        TinyRun.configuration("addmul-fnn", StudiesTests.short + [("task.data-seed", "0")]),
        seed: seed)
    }
    #expect(runs[0].rows != runs[1].rows)
  }
}
