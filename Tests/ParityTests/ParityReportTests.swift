import Foundation
import Store
import Tensors
import TestSupport
import Testing

/// The table of largest differences, `docs/parity.md`.
enum ParityReport {
  static let areas: [any ParityArea.Type] = [
    LinearParity.self, ActivationParity.self, CrossEntropyParity.self, FeedForwardParity.self,
    OptimizerParity.self, TrainingParity.self, SamplerParity.self, MaskStepParity.self,
    JointStepParity.self,
    LSTMParity.self, EmbeddingParity.self, LayerNormParity.self, AttentionParity.self,
    SequenceTrainingParity.self, ConvolutionParity.self, PoolingParity.self,
    WindowPoolingParity.self, BatchNormParity.self, ResidualBlockParity.self,
    ImageTrainingParity.self,
  ]

  /// The report in Markdown.
  ///
  /// Differences are given to two digits: the last digits depend on the processor.
  static func markdown() throws -> String {
    var text = """
      # Parity with PyTorch

      Written by `make parity`. The golden files in `Tests/ParityTests/Goldens` are made by
      `tools/goldens/generate.py`, mostly with PyTorch in double precision from the same
      single-precision numbers. The last column is the largest difference as a share of what is
      allowed for its element; every one must be at most 1.

      """
    for area in areas {
      text += """

        ## \(area.title)

        | quantity | precision | numbers | largest difference | allowed | share |
        | --- | --- | ---: | ---: | --- | ---: |

        """
      for row in merged(try area.measurements()) {
        text += "| \(row.quantity) | \(row.precision) | \(row.count) "
        text +=
          "| \(rounded(row.largestDifference)) | \(row.rule) | \(rounded(row.shareOfTolerance)) |\n"
      }
    }
    return text
  }

  /// One measurement for each quantity, precision and rule, in order of first appearance.
  static func merged(_ measurements: [ParityMeasurement]) -> [ParityMeasurement] {
    var order: [String] = []
    var rows: [String: ParityMeasurement] = [:]
    for measurement in measurements {
      let key = "\(measurement.quantity)|\(measurement.precision)|\(measurement.rule)"
      if let row = rows[key] {
        rows[key] = row.merged(with: measurement)
      } else {
        order.append(key)
        rows[key] = measurement
      }
    }
    return order.compactMap { rows[$0] }
  }

  private static func rounded(_ value: Double) -> String {
    value == 0 ? "0" : String(format: "%.1e", value)
  }
}

@Suite struct ParityReportTests {
  private static let reportPath = ProcessInfo.processInfo.environment["MODLAB_PARITY_REPORT"]

  @Test(.enabled(if: reportPath != nil, "MODLAB_PARITY_REPORT names the file to write"))
  func writesTheTable() throws {
    let path = try #require(Self.reportPath)
    let text = try ParityReport.markdown()
    try AtomicFile.write(to: path) { writer in try writer.append(Array(text.utf8)) }
  }

  @Test func mergedRowsKeepTheWorst() throws {
    let tolerance = ParityTolerance.absolute(0.5)
    let measurements = [
      ParityMeasurement("a", 1.0, 1.25, tolerance), ParityMeasurement("b", 1.0, 1, tolerance),
      ParityMeasurement("a", 3.0, 2, tolerance),
    ]
    let rows = ParityReport.merged(measurements)
    #expect(rows.map(\.quantity) == ["a", "b"])
    #expect(rows.map(\.count) == [2, 1])
    #expect(rows.map(\.largestDifference) == [1, 0])
    #expect(rows.map(\.shareOfTolerance) == [2, 0])
    #expect(rows.map(\.isKept) == [false, true])
  }

  /// A comparison of nothing, of other shapes or of numbers that are not finite must not pass.
  @Test func emptyComparisonsFail() {
    let tolerance = ParityTolerance.absolute(1)
    let empty = ParityMeasurement(
      "empty", Tensor<Float>(zeros: [0]), Tensor<Double>(zeros: [0]), tolerance)
    let missing = ParityMeasurement("missing", nil as Tensor<Float>?, Tensor(scalar: 1), tolerance)
    let reshaped = ParityMeasurement(
      "shape", Tensor<Float>(zeros: [2, 3]), Tensor<Double>(zeros: [3, 2]), tolerance)
    let undefined = ParityMeasurement("NaN", Float.nan, 1, tolerance)
    let infinite = ParityMeasurement("infinity", Float.infinity, .infinity, tolerance)
    for measurement in [empty, missing, reshaped, undefined, infinite] {
      #expect(!measurement.isKept, "\(measurement)")
    }
  }
}
