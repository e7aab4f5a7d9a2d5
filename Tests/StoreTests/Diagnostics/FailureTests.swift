import Store
import Testing

struct FailureTests {
  @Test("a full failure is rendered with place, reason and help")
  func rendering() {
    let failure = Failure(
      .manifestInvalid, "unknown key 'stepz' in 'pretrain'",
      location: Store.SourceLocation(file: "manifest.yaml", line: 3, column: 5),
      why: "allowed are batch, steps\nand lr", help: "did you mean 'steps'?")
    #expect(
      failure.description == """
        manifest.yaml:3:5: unknown key 'stepz' in 'pretrain'
          why: allowed are batch, steps
            and lr
          help: did you mean 'steps'?
        """)
    #expect("\(Failure(.usage, "no verb"))" == "no verb")
  }

  @Test("quoting keeps ordinary text and disarms the rest")
  func quoting() {
    #expect(Failure.quote("mask.beta µ 日本 😀") == "'mask.beta µ 日本 😀'")
    #expect(Failure.quote("a\u{1B}[31m\n\0") == "'a\\u{1B}[31m\\n\\0'")
    #expect(Failure.quote("a\u{202E}b\u{2028}") == "'a\\u{202E}b\\u{2028}'")
    #expect(Failure.quote(String(repeating: "x", count: 80)).count == 82)
    #expect(
      Failure.quote(String(repeating: "x", count: 81))
        == "'" + String(repeating: "x", count: 80) + "…'")
    #expect(Failure.quote(path: String(repeating: "x", count: 1000)).count == 1002)
  }

  @Test("a location disarms the name of its file")
  func location() {
    let location = Store.SourceLocation(file: "a\nb.yaml", line: 3, column: 5)
    #expect(location.description == "a\\nb.yaml:3:5")
  }
}
