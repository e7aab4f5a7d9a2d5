import ExperimentKit
import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct StudyRecordTests {
  private func configuration(
    _ variant: String, hash: String, seeds: [Int], axes: [String: String] = [:],
    manifest: String = "walk.yaml"
  ) -> StudyRecord.Configuration {
    StudyRecord.Configuration(
      variant: variant, kind: "walk", version: 1, hash: hash, totalSteps: 10,
      text: #"{"walk":{"pace":0.5,"steps":[1,2]}}"#,
      labels: [
        StudyRecord.Label(
          manifest: manifest, profile: "quick",
          axes: axes.sorted { $0.key < $1.key }.map { RunIdentity.Axis(key: $0, value: $1) },
          seeds: seeds)
      ])
  }

  private func record(
    _ invocations: [[StudyRecord.Configuration]], variants: Set<String> = ["slow", "fast"]
  ) -> StudyRecord {
    var record = StudyRecord(study: "walk")
    for (index, configurations) in invocations.enumerated() {
      record.add(
        commandLine: ["modlab", "run", "\(index)"], manifest: "walk.yaml",
        copies: [ManifestSource(path: "walk.yaml", text: "text \(index)")], variants: variants,
        environment: ["n": .integer(index)], configurations: configurations)
    }
    return record
  }

  /// The configurations that a manifest asks for.
  private func current(_ record: StudyRecord) -> [StudyRecord.Configuration] {
    record.configurations.filter { !$0.labels.isEmpty }
  }

  private let a = "aaaaaaaaaa"
  private let b = "bbbbbbbbbb"

  @Test func seedsOfTheSameConfigurationAreUnited() {
    let record = record([
      [configuration("slow", hash: a, seeds: [0, 1])],
      [configuration("slow", hash: a, seeds: [1, 5])],
    ])
    #expect(record.configurations.map(\.seeds) == [[0, 1, 5]])
    #expect(record.runs(in: StudyFolder(path: "walk")).map(\.seed) == [0, 1, 5])
    #expect(record.commandLines.map(\.last) == ["0", "1"])
    #expect(record.manifests.map(\.text) == ["text 1"])
    #expect(record.environment == ["n": 1])
  }

  @Test func aChangedConfigurationSupersedesTheOldOneWithoutRemovingIt() {
    let record = record([
      [configuration("slow", hash: a, seeds: [0, 1])],
      [configuration("slow", hash: b, seeds: [3])],
    ])
    #expect(current(record).map(\.hash) == [b])
    #expect(record.configurations.map(\.hash) == [a, b])
    #expect(record.runs(in: StudyFolder(path: "walk")).map(\.seed) == [3])
  }

  @Test func otherVariantsProfilesAndSweptValuesStay() {
    let record = record([
      [configuration("slow", hash: a, seeds: [0])],
      [configuration("fast", hash: b, seeds: [0])],
      [configuration("slow", hash: "cccccccccc", seeds: [0], axes: ["walk.pace": "3"])],
    ])
    #expect(current(record).map(\.hash).sorted() == [a, b, "cccccccccc"])
  }

  @Test func anotherManifestSupersedesNothing() {
    var record = record([[configuration("slow", hash: a, seeds: [0])]])
    record.add(
      commandLine: [], manifest: "copy.yaml", copies: [], variants: ["slow"], environment: .null,
      configurations: [configuration("slow", hash: b, seeds: [0], manifest: "copy.yaml")])
    #expect(current(record).map(\.hash) == [a, b])
  }

  @Test func variantsThatTheManifestNoLongerHasAreSuperseded() {
    var record = record([
      [
        configuration("slow", hash: a, seeds: [0]),
        configuration("gone", hash: b, seeds: [0], manifest: "other.yaml"),
      ]
    ])
    record.add(
      commandLine: [], manifest: "walk.yaml", copies: [], variants: ["fast"],
      environment: .null, configurations: [configuration("fast", hash: b, seeds: [0])])
    // The other manifest's variants are none of this one's business.
    #expect(current(record).map(\.variant) == ["fast", "gone"])
  }

  @Test func theSameConfigurationWithTwoLabelsHasTheSeedsOfBoth() {
    let record = record([
      [configuration("slow", hash: a, seeds: [0])],
      [configuration("slow", hash: a, seeds: [0, 1], axes: ["walk.pace": "0.5"])],
    ])
    #expect(record.configurations.count == 1)
    #expect(record.configurations[0].labels.count == 2)
    #expect(record.runs(in: StudyFolder(path: "walk")).map(\.seed) == [0, 1])
  }

  @Test func everythingSurvivesAFile() throws {
    let record = record([
      [
        configuration("slow", hash: a, seeds: [0, 7], axes: ["x.y": "1, 2", "a.b": "\"q\""]),
        configuration("fast", hash: b, seeds: [1]),
      ]
    ])
    let text = record.json.serialized(pretty: true)
    #expect(try StudyRecord(json: JSONValue.parse(text, file: "f"), file: "f") == record)
  }

  /// As many configurations as a manifest may sweep over, with as many seeds as are usual.
  @Test func theLargestSweepCanBeReadAgain() throws {
    try withTemporaryFolder { path in
      let many = (0..<Manifest.maximumPoints).map { index in
        let digits = String(index, radix: 16)
        let hash = String(repeating: "0", count: 10 - digits.count) + digits
        return configuration(
          "slow", hash: hash, seeds: Array(0..<10), axes: ["walk.pace": String(index)])
      }
      let folder = StudyFolder(path: path)
      let record = record([many])
      try record.write(folder)
      #expect(try StudyRecord.read(folder) == record)
    }
  }

  @Test(arguments: ["../../escape", ".hidden", "a/b"])
  func aVariantThatLeadsOutOfTheFolderIsRefused(variant: String) throws {
    let record = record([[configuration(variant, hash: a, seeds: [0])]], variants: [variant])
    let text = record.json.serialized()
    let failure = #expect(throws: Failure.self) {
      try StudyRecord(json: JSONValue.parse(text, file: "sweep.json"), file: "sweep.json")
    }
    #expect(failure?.exitCode == .corrupt)
  }
}
