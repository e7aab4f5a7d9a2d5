import ExperimentKit
import Testing

@Suite struct GlobPatternTests {
  @Test(arguments: [
    ("main", "main"), ("*", ""), ("*", "main"), ("m*n", "main"), ("m??n", "main"),
    ("m[ab]in", "main"), ("m[!bc]in", "main"), ("[a-z]ain", "main"), ("*a*i*", "main"),
    ("a[b", "a[b"), ("**", "x"), ("[]]x", "]x"), ("a.b", "a.b"),
  ])
  func matches(_ pattern: String, _ text: String) {
    #expect(GlobPattern(pattern).matches(text))
  }

  @Test(arguments: [
    ("main", "mains"), ("", "x"), ("m?n", "main"), ("m[bc]in", "main"), ("m[!a]in", "main"),
    ("[b-z]ain", "ain"), ("*b*", "main"), ("a.b", "axb"), ("main*x", "main"),
  ])
  func refuses(_ pattern: String, _ text: String) {
    #expect(!GlobPattern(pattern).matches(text))
  }

  @Test func takesNoExponentialTime() {
    let pattern = GlobPattern(String(repeating: "*a", count: 40) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 400)))
  }

  @Test func knowsWhetherItIsAPattern() {
    #expect(!GlobPattern("main").isPattern)
    #expect(GlobPattern("ma?n").isPattern)
    #expect(!GlobPattern("a[b").isPattern)
  }
}
