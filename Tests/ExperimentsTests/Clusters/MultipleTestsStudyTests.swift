import ExperimentKit
import Experiments
import Foundation
import Statistics
import Store
import TestSupport
import Testing

/// The study that reads the tests of other studies.
@Suite struct MultipleTestsStudyTests {
  private static let keys = "seed,stage,partition,quantity,ties,metric,value"
  private static let place = "pruned,weights-k3"

  /// A table of tests of two networks with three seeds each.
  private static func table(_ study: String, networks: [String] = ["a", "b"]) -> String {
    var lines = ["study,variant,profile,\(keys)"]
    for (number, network) in networks.enumerated() {
      for seed in 0..<3 {
        func line(_ quantity: String, _ ties: String, _ metric: String, _ value: Double) {
          lines.append(
            "\(study),\(network),smoke,\(seed),\(place),\(quantity),\(ties),\(metric),\(value)")
        }
        let step = Double(seed + number)
        line("importance", "reference", "fisher_p", 0.001 * (1 + step))
        line("importance", "reference", "chi2_p", 0.02 * (1 + step))
        line("class-range", "reference", "fisher_p", 0.03 * (1 + step))
        line("class-range", "reference", "chi2_p", 0.2 * (1 + step))
        line("importance", "random", "fisher_exact_p", 0.0001 * (1 + step))
        line("accuracy", "reference", "fisher_p", 1e-9)
      }
    }
    lines.append("\(study),a,quick,0,\(place),importance,reference,fisher_p,1")
    lines.append("\(study),a,smoke,0,pruned,shuffled-weights-k3,importance,reference,fisher_p,1")
    return lines.joined(separator: "\n") + "\n"
  }

  private func run(
    in folder: String?, variant: String = "published", _ changes: [(String, String)] = []
  ) throws -> RunContext {
    let subject = try TinyRun.configuration(
      "cluster-multiple-tests", variant: variant, changes)
    let context = try RunContext(
      seed: 0, kind: subject.experiment, profile: "smoke", resultsFolder: folder)
    try subject.experiment.prepare(json: subject.configuration).run(context)
    return context
  }

  private func withTables(
    _ tables: [String: String], _ body: (_ folder: String) throws -> Void
  ) throws {
    try withTemporaryFolder { root in
      for (study, text) in tables {
        try Folder.create(at: "\(root)/\(study)")
        try AtomicFile.write(text, to: "\(root)/\(study)/cluster_test.csv")
      }
      try body(root)
    }
  }

  @Test func mediansAreJudgedTogether() throws {
    try withTables(["cluster-importance": Self.table("cluster-importance")]) { folder in
      let context = try run(in: folder)
      // The medians over the three seeds, of the tests in the order of the file.
      let fisher = [0.002, 0.06, 0.003, 0.09]
      let chi2 = [0.04, 0.4, 0.06, 0.6]
      let places = [
        ["a", "importance"], ["a", "class-range"], ["b", "importance"], ["b", "class-range"],
      ]
      func expect(_ procedure: MultipleTests, _ tests: [(keys: [String], p: Double)]) throws {
        let adjusted = procedure.adjusted(tests.map(\.p))
        let significant = procedure.significant(tests.map(\.p))
        for (index, test) in tests.enumerated() {
          let keys = test.keys + [procedure.rawValue]
          func value(_ metric: String) throws -> Double {
            try context.value(.multipleTests, keys, metric)
          }
          #expect(abs(try value("p") - test.p) < 1e-15)
          #expect(abs(try value("adjusted_p") - adjusted[index]) < 1e-15)
          #expect(try value("significant") == (significant[index] ? 1 : 0))
          #expect(try value("n_tests") == Double(tests.count))
        }
      }
      let tests = [("fisher", fisher), ("chi2", chi2)].map { name, p in
        zip(places, p).map { (keys: $0 + [name], p: $1) }
      }
      for tests in tests { try expect(.benjaminiHochberg, tests) }
      try expect(.holm, tests.flatMap(\.self))
      #expect(context.records(of: .multipleTests).count == 2 * 8 * 4)
      // By hand: of Fisher's tests .002 ≤ .05 / 4 and .003 ≤ 2 · .05 / 4, .06 > 3 · .05 / 4.
      #expect(
        try places.map { try context.value(.multipleTests, $0 + ["fisher", "bh"], "significant") }
          == [1, 0, 1, 0])
      // Of all eight tests .002 ≤ .05 / 8, .003 ≤ .05 / 7, .04 > .05 / 6.
      #expect(
        try places.map { try context.value(.multipleTests, $0 + ["chi2", "holm"], "significant") }
          == [0, 0, 0, 0])
      #expect(Array(context.dataFiles.keys) == ["\(folder)/cluster-importance/cluster_test.csv"])
    }
  }

  @Test func calibratedPValuesAreTheExactOnes() throws {
    try withTables(["cluster-importance": Self.table("cluster-importance")]) { folder in
      let context = try run(in: folder, variant: "calibrated")
      #expect(context.texts(.multipleTests, 2) == ["fisher"])
      let p = try context.value(.multipleTests, ["a", "importance", "fisher", "bh"], "p")
      #expect(p == 0.0002)
    }
  }

  /// Tests of lesions and of images that excite units most.
  @Test func bothHalvesAreJudgedTogether() throws {
    let pictures = Self.table("cluster-coherence")
      .replacingOccurrences(of: ",importance,", with: ",score,")
      .replacingOccurrences(of: ",class-range,", with: ",entropy,")
    let tables = [
      "cluster-importance": Self.table("cluster-importance"), "cluster-coherence": pictures,
    ]
    try withTables(tables) { folder in
      let context = try run(
        in: folder,
        [
          ("tests.studies", "[cluster-importance, cluster-coherence]"),
          ("tests.quantities", "[importance, class-range, score, entropy]"),
        ])
      #expect(
        context.texts(.multipleTests, 1) == ["importance", "class-range", "score", "entropy"])
      for (procedure, count) in [("bh", 8), ("holm", 16)] {
        let keys = ["b", "score", "fisher", procedure]
        #expect(try context.value(.multipleTests, keys, "n_tests") == Double(count))
        #expect(try context.value(.multipleTests, keys, "p") == 0.003)
      }
    }
  }

  @Test func stepsAreThoseDeclared() throws {
    try withTables(["cluster-importance": Self.table("cluster-importance")]) { folder in
      let subject = try TinyRun.configuration("cluster-multiple-tests")
      let prepared = try subject.experiment.prepare(json: subject.configuration)
      var begun: [String] = []
      let context = try RunContext(
        seed: 0, kind: subject.experiment, profile: "smoke", resultsFolder: folder,
        totalSteps: prepared.totalSteps,
        events: { if case .phaseStarted(let step, _, _) = $0 { begun.append(step) } })
      try prepared.run(context)
      #expect(begun == prepared.steps.map(\.name))
    }
  }

  /// What is missing, and what to run.
  @Test func theStudyToRunIsNamed() throws {
    func expect(_ folder: String?, _ words: [String], _ changes: [(String, String)] = []) {
      let failure = #expect(throws: Failure.self) { try run(in: folder, changes) }
      #expect(failure?.exitCode == .runFailed)
      for word in words {
        #expect(failure?.description.contains(word) == true, "\(String(describing: failure))")
      }
    }
    try withTables([:]) { folder in
      expect(folder, ["no results of the study 'cluster-importance'", "run 'cluster-importance'"])
    }
    let table = Self.table("cluster-importance")
    try withTables([
      "cluster-importance": table.replacingOccurrences(of: ",smoke,", with: ",desk,"),
      "second": table,
    ]) { folder in
      expect(folder, ["has no rows of the profile 'smoke'"])
      expect(
        folder,
        [
          "'second' has no test that is asked for",
          "its partitions are shuffled-weights-k3, weights-k3",
        ],
        [("tests.studies", "[second]"), ("tests.partition", "weights-k12")])
    }
    try withTables(["first": table, "second": table]) { folder in
      expect(
        folder, ["two tests of 'importance' of the network 'a'", "'second'"],
        [("tests.studies", "[first, second]")])
    }
    expect(nil, ["without a folder of results"])
  }

  @Test func damagedTablesAreRefused() throws {
    let table = Self.table("cluster-importance")
    let damaged = [
      table.replacingOccurrences(of: ",ties,", with: ",knots,"),
      table.replacingOccurrences(of: ",smoke,0,", with: ",smoke,zero,"),
      table.replacingOccurrences(of: "0.002", with: "two"),
      "\(table)a,b\n",
    ]
    for text in damaged {
      try withTables(["cluster-importance": text]) { folder in
        let failure = #expect(throws: Failure.self) { try run(in: folder) }
        #expect(failure?.exitCode == .corrupt, "\(String(describing: failure))")
      }
    }
  }

  @Test func impossibleSettingsAreRefused() throws {
    for (change, words) in [
      (("tests.studies", "[../elsewhere]"), "cannot be the name of a study"),
      (("tests.studies", "[a, a]"), "tests.studies lists 'a' twice"),
      (
        ("tests.quantities", "[importance, importance]"),
        "tests.quantities lists 'importance' twice"
      ),
      (("tests.ties", "mid"), "'tests.ties' is 'mid'"),
    ] {
      let failure = #expect(throws: Failure.self) {
        try run(in: nil, [change])
      }
      #expect(failure?.exitCode == .manifestInvalid)
      #expect(failure?.what.contains(words) == true, "\(String(describing: failure))")
    }
  }
}
