import Store
import Testing

@Suite struct FailureJSONTests {
  @Test func aRoundTripChangesNothing() {
    let bare = Failure(.locked, "the folder is in use")
    let full = Failure(
      .manifestInvalid, "unknown key 'stepz'",
      location: Store.SourceLocation(file: "m.yaml", line: 3, column: 5), why: "allowed are steps",
      help: "did you mean 'steps'?")
    for failure in [bare, full] { #expect(Failure(json: failure.json) == failure) }
    #expect(bare.json == ["exit_code": 7, "what": "the folder is in use"])
    #expect(full.json["line"] == 3 && full.json["help"] == "did you mean 'steps'?")
  }

  @Test func whatIsNoFailureIsNotTakenForOne() {
    #expect(Failure(json: .null) == nil)
    #expect(Failure(json: ["exit_code": 7]) == nil)
    #expect(Failure(json: ["what": "?", "exit_code": 99])?.exitCode == .internalError)
  }
}
