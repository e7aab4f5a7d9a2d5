import Store
import Testing

@testable import Reports

@Suite struct PageTemplateTests {
  /// The index of one study with these members.
  private func index(_ members: [String: JSONValue]) throws -> String {
    let entry: [String: JSONValue] = [
      "study": "s", "address": "s/report.html", "title": "t", "question": "q", "runs": "r",
      "profiles": "quick", "claims": "", "failed": false, "problem": nil,
    ]
    return try PageTemplate.index.filled(with: [
      "refresh": nil, "version": "1", "studies": [.object(entry.merging(members) { $1 })],
    ])
  }

  @Test func valuesAreEscaped() throws {
    let page = try index(["title": "<script>alert('x')</script> & \"more\" {{version}}"])
    #expect(
      page.contains(
        "&lt;script&gt;alert(&apos;x&apos;)&lt;/script&gt; &amp; &quot;more&quot; {{version}}"))
    #expect(!page.contains("<script"))
  }

  @Test func whatBrowsersWouldObeyIsReplaced() throws {
    let page = try index(["title": "a\u{0}b\u{1B}c\u{202E}d\u{85}e\tf"])
    #expect(page.contains("a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e\tf"))
  }

  @Test func whatIsEmptyLeavesItsSectionOut() throws {
    #expect(try index([:]).contains("<span>none</span>"))
    #expect(try index(["claims": "3 hold"]).contains("<span>3 hold</span>"))
    #expect(try index([:]).contains("http-equiv") == false)
  }

  @Test func textsOfOtherScriptsStayAsTheyAre() throws {
    #expect(try index(["title": "σ ≥ ½, 模块 🙂"]).contains("σ ≥ ½, 模块 🙂"))
  }
}
