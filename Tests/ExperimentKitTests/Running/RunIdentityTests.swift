import ExperimentKit
import Store
import Testing

@Suite struct RunIdentityTests {
  private let identity = RunIdentity(
    kind: "toy", version: 3, variant: "big", profile: "quick",
    axes: [.init(key: "mask.beta", value: "0.0001"), .init(key: "a", value: "x")],
    configuration: ["b": 2, "a": 1.0])

  @Test func survivesJSON() throws {
    let text = identity.json.serialized(pretty: true)
    let read = try RunIdentity(json: .parse(text, file: "config.json"), file: "config.json")
    #expect(read == identity)
    #expect(read.axes.map(\.key) == ["a", "mask.beta"])
  }

  @Test func theHashCoversExperimentVersionAndConfigurationOnly() {
    func hash(_ e: String, _ v: Int, _ variant: String, _ p: String, _ c: JSONValue) -> String {
      RunIdentity(kind: e, version: v, variant: variant, profile: p, configuration: c).hash
    }
    let base = hash("toy", 3, "big", "quick", ["a": 1.0, "b": 2])
    #expect(base == identity.hash)
    #expect(hash("toy", 3, "small", "paper", ["a": 1.0, "b": 2]) == base)
    #expect(hash("toys", 3, "big", "quick", ["a": 1.0, "b": 2]) != base)
    #expect(hash("toy", 4, "big", "quick", ["a": 1.0, "b": 2]) != base)
    #expect(hash("toy", 3, "big", "quick", ["a": 1.0, "b": 3]) != base)
  }

  @Test func theHashIsTheDocumentedOne() {
    let text = #"{"configuration":{"a":1.0,"b":2},"experiment":"toy","version":3}"#
    #expect(identity.hash == String(SHA256.digest(of: text).prefix(10)))
    #expect(identity.folderName == "big-\(identity.hash)")
  }

  @Test func foldersOfSeeds() {
    #expect(RunIdentity.seedFolderName(3) == "seed-03")
    #expect(RunIdentity.seedFolderName(12) == "seed-12")
    #expect(RunIdentity.seedFolderName(123) == "seed-123")
  }

  @Test(arguments: ["experiment", "version", "variant", "profile", "axes", "hash", "configuration"])
  func everyMemberIsNeeded(key: String) throws {
    var members = try #require(identity.json.objectValue)
    members[key] = nil
    #expect(throws: Failure.self) { try RunIdentity(json: .object(members), file: "f") }
    members[key] = .null
    #expect(throws: Failure.self) { try RunIdentity(json: .object(members), file: "f") }
  }

  @Test func changesAreNoticed() throws {
    var members = try #require(identity.json.objectValue)
    members["configuration"] = ["b": 2, "a": 1.5]
    #expect(throws: Failure.self) { try RunIdentity(json: .object(members), file: "f") }
    members = try #require(identity.json.objectValue)
    members["more"] = 1
    #expect(throws: Failure.self) { try RunIdentity(json: .object(members), file: "f") }
  }

  @Test func differencesNameEveryKey() {
    let old: JSONValue = ["a": ["x": 1, "y": [1, 2]], "b": true, "gone": "text"]
    let new: JSONValue = ["a": ["x": 1, "y": [1, 3]], "b": false, "new": 0.5]
    #expect(
      ConfigurationHash.differences(old, new) == [
        "a.y: [1, 2], now [1, 3]", "b: true, now false", "gone: text, now missing",
        "new: missing, now 0.5",
      ])
    #expect(ConfigurationHash.differences(old, old).isEmpty)
  }
}
