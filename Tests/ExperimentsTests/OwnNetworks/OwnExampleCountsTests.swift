import ExperimentKit
import Experiments
import Foundation
import Store
import Tensors
import TestSupport
import Testing

/// Plans of own networks know how many examples the files have.
@Suite struct OwnExampleCountsTests {
  /// Floating-point operations that the first evaluation is planned with.
  private static func operations(_ studies: OwnStudies, _ data: String) throws -> Double {
    let manifest = """
      schema: 1
      experiment: own-network
      network: {input: [6], layers: [{linear: fc, outputs: 3}]}
      data: \(data.replacing("DIR", with: studies.folder))
      \(OwnStudies.short)
      """
    return try #require(
      try studies.prepare(manifest).prepared.steps.first { $0.work == .evaluation }
    ).operations
  }

  @Test func `arrays, shares, tables and folders are counted`() throws {
    try OwnStudies.inFolder { studies in
      try studies.writeVectors(count: 60)
      try studies.writeVectors("more", count: 20)
      let lines = (0..<60).map { "\($0 % 3),\($0 < 12 ? "test" : "train")" }
      try studies.write("t.csv", "y,part\n" + lines.joined(separator: "\n") + "\n")
      func part(_ name: String) -> String {
        #"{inputs: "DIR/\#(name).safetensors#x", targets: "DIR/\#(name).safetensors#y"}"#
      }
      let whole = part("vectors")
      let table = whole.replacing("}", with: ", table: DIR/t.csv}")
      let column = whole.replacing("DIR/vectors.safetensors#y", with: "DIR/t.csv#y")
      let each = try Self.operations(studies, "{train: \(whole), test: \(whole)}") / 60
      for (data, count) in [
        ("{train: \(whole), test: \(part("more"))}", 20),
        ("{train: \(whole), test-share: 0.25}", 15),
        ("{train: \(table), test-column: part, test-values: [test]}", 12),
        ("{train: \(whole), test: \(column)}", 60),
        // What is not there is not counted.
        ("{train: \(whole), test: \(part("nowhere"))}", 10_000),
      ] {
        #expect(try Self.operations(studies, data) == each * Double(count), "\(data)")
      }
    }
  }

  @Test func `a file that has changed is counted anew`() throws {
    try OwnStudies.inFolder { studies in
      let data = """
        {train: {inputs: "DIR/vectors.safetensors#x", targets: "DIR/vectors.safetensors#y"}, test-share: 0.5}
        """
      let found = try [40, 80].map { count in
        try studies.writeVectors(count: count)
        return try Self.operations(studies, data)
      }
      #expect(found[1] == 2 * found[0] && found[0] > 0)
    }
  }
}
