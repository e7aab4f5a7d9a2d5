import Foundation
import Testing

extension EndToEndTests {
  /// What a release says of itself is the same everywhere.
  @Suite struct ReleaseTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()

    private func version() throws -> String {
      var version = ""
      try Modlab.inTemporaryFolder { modlab in
        let outcome = try modlab.run("version", "--json")
        let record = try #require(try outcome.records.first)
        #expect(record["schema"]?.stringValue == "modlab-version-1")
        #expect(["debug", "release"].contains(record["build"]?.stringValue))
        #expect(record["program_sha256"]?.stringValue?.count == 64)
        version = try #require(record["version"]?.stringValue)
      }
      return version
    }

    @Test func theVersionIsSemantic() throws {
      let parts = try version().split(separator: ".", omittingEmptySubsequences: false)
      #expect(parts.count == 3 && parts.allSatisfy { Int($0) != nil })
    }

    @Test(arguments: [
      ("python/pyproject.toml", #"version = "VERSION""#), ("CITATION.cff", "version: VERSION"),
      ("CHANGELOG.md", "## VERSION – "),
    ])
    func theVersionIsTheSameEverywhere(file: String, line: String) throws {
      let text = try String(contentsOf: Self.root.appendingPathComponent(file), encoding: .utf8)
      let wanted = line.replacingOccurrences(of: "VERSION", with: try version())
      #expect(text.components(separatedBy: "\n").contains { $0.hasPrefix(wanted) }, "\(file)")
    }

    /// Lines of other branches go to the top.
    @Test func theChangelogBeginsWithWhatIsNotReleased() throws {
      let path = Self.root.appendingPathComponent("CHANGELOG.md")
      let headings = try String(contentsOf: path, encoding: .utf8).components(separatedBy: "\n")
        .filter { $0.hasPrefix("## ") }
      #expect(headings.first == "## Unreleased")
    }
  }
}
