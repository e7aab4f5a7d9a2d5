import Foundation
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Initial values of attention against those of PyTorch, drawn matrix by matrix as in the published
/// code. The generators differ, so that ranges and deviations are compared: those of thousands of
/// uniform numbers agree within a percent or two.
@Suite struct InitializationParityTests {
  @Test func attentionIsDrawnMatrixByMatrix() throws {
    let golden = try Golden("initialization", in: .module)
    for number in 0..<2 {
      let expected = try ["query", "key_value", "merge"].map {
        try golden.tensor("\(number)/\($0)", as: Float.self)
      }
      let width = expected[0].shape[1]
      let layer = MultiHeadAttention<Float>(
        name: "", width: width, heads: 4, dropout: 0, random: RandomSource(seed: 9))
      let found = layer.parameters.map(\.value)
      #expect(found.map(\.shape) == expected.map(\.shape))
      for (own, other) in zip(found, expected) {
        for part in 0..<own.shape[0] / width {
          let rows = part * width..<(part + 1) * width
          let (a, b) = (own.rows(rows), other.rows(rows))
          let spread = (a.sumOfSquares() / b.sumOfSquares()).squareRoot()
          #expect(abs(spread - 1) < 0.05, "part \(part) of width \(width): \(spread)")
          let range = Double(a.maximumMagnitude() / b.maximumMagnitude())
          #expect(abs(range - 1) < 0.02, "part \(part) of width \(width): \(range)")
        }
      }
    }
  }
}
