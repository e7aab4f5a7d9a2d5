import Store
import Testing

@testable import Runner

@Suite struct RunStatusTests {
  private var status: RunStatus {
    var status = RunStatus(.diverged)
    status.phase = "masks"
    status.step = 12
    status.steps = 40
    status.attempts = 2
    status.seconds = 1.5
    status.workedSteps = 30
    status.host = "lab"
    status.peakMebibytes = 12.5
    status.blasCore = "Haswell"
    status.kernelLevel = "v3"
    status.threads = 1
    status.error = Failure(
      .runFailed, "what", location: SourceLocation(file: "f", line: 2, column: 3), why: "why",
      help: "help")
    status.logTail = ["one", "two"]
    status.notes = ["converged": true]
    status.digests = ["metrics/accuracy.csv": "00"]
    status.updated = "2024-05-31T09:30:00Z"
    return status
  }

  @Test func everythingSurvivesAFile() throws {
    let text = status.json.serialized(pretty: true)
    let read = try RunStatus(json: JSONValue.parse(text, file: "status.json"), file: "status.json")
    #expect(read == status)
    #expect(read.stepsPerSecond == 20)
  }

  @Test(arguments: ["schema", "status", "step", "seconds", "host", "updated", "worked_steps"])
  func aMissingMemberIsNamed(key: String) throws {
    var members = status.json.objectValue ?? [:]
    members[key] = nil
    let failure = #expect(throws: Failure.self) {
      try RunStatus(json: .object(members), file: "status.json")
    }
    #expect(failure?.exitCode == .corrupt)
    #expect(failure?.why?.contains("'\(key)'") == true)
  }

  @Test func anotherFormatAndAnotherStateAreRefused() throws {
    for (key, value) in ["schema": "modlab-status-2", "status": "happy"] {
      var members = status.json.objectValue ?? [:]
      members[key] = .string(value)
      let failure = #expect(throws: Failure.self) {
        try RunStatus(json: .object(members), file: "status.json")
      }
      #expect(failure?.why?.contains(value) == true)
    }
  }
}
