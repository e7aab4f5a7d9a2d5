import ExperimentKit
import Testing

@Suite struct ManifestReferenceTests {
  private let lines = ManifestReference.markdown(toyRegistry).split(
    separator: "\n", omittingEmptySubsequences: false)

  @Test func documentsEveryKeyOfEveryExperiment() {
    #expect(lines.contains("## toy"))
    #expect(lines.contains("Section 0.1, version 1. Does a point find its target?"))
    #expect(lines.contains("| **`mask`** | section |  |  |  |  | how it is pulled to zero |"))
    #expect(
      lines.contains(
        "| `mask.beta` | number |  | `0.0001` | 0 … 1 | 1e-4 | strength of the pull to zero |"))
    #expect(
      lines.contains("| `pretrain.title` | text |  | `plain` |  |  | a text \\| with a bar |"))
  }

  @Test func documentsTheCommonKeys() {
    for key in [
      "schema", "experiment", "section", "title", "seeds", "checkpoint-every", "sweep", "variants",
      "profiles", "claims",
    ] {
      #expect(lines.contains { $0.hasPrefix("| `\(key)` |") }, "\(key)")
    }
  }

  @Test func tablesAreRegular() {
    for line in lines where line.hasPrefix("|") {
      let bars = line.replacing("\\|", with: "").count { $0 == "|" }
      #expect([4, 5, 8].contains(bars), "\(line)")
    }
    #expect(lines.last == "")
  }
}
