import Autograd
import Foundation
import NeuralNetworks
import Store
import Tensors

extension ImportedNetwork {
  /// How far outputs are from those of another program.
  public struct Comparison: Sendable {
    /// The number of inputs.
    public let count: Int
    /// The largest distance of an output.
    public let difference: Double
    /// The largest output of the other program, by its distance from 0.
    public let largest: Double

    /// The largest distance that is allowed, relative to the largest output.
    public static let tolerance = 1e-5

    /// The distance relative to the largest output.
    public var relative: Double { difference == 0 ? 0 : difference / largest }

    /// Whether both compute the same.
    public var holds: Bool { difference.isFinite && difference <= Self.tolerance * largest }
  }

  /// What the network gives for a batch, in PyTorch's order and with what follows the logits.
  ///
  /// - Parameter batch: N×shape of an input, in PyTorch's order.
  public func outputs(of batch: Tensor<Float>) -> Tensor<Float> {
    FloatingPointMode.flushingDenormals {
      let graph = Graph<Float>()
      let pass = ForwardPass(graph: graph, source: FrozenParameters())
      let logits = makeNetwork(Float.self).forward(
        graph.constant(input.arranged(batch)), in: pass)
      switch ending {
      case .logits:
        return logits.shape.rank == 4 ? logits.tensor.permutingAxes([0, 3, 1, 2]) : logits.tensor
      case .softmax: return graph.softmax(logits).tensor
      case .logSoftmax: return Self.logarithmOfSoftmax(logits.tensor)
      }
    }
  }

  private static func logarithmOfSoftmax(_ logits: Tensor<Float>) -> Tensor<Float> {
    let columns = logits.shape[logits.shape.rank - 1]
    var result = logits
    for row in stride(from: 0, to: logits.count, by: columns) {
      let values = logits.scalars[row..<row + columns].map(Double.init)
      let largest = values.max() ?? 0
      let total = values.reduce(0) { $0 + exp($1 - largest) }
      for (column, value) in values.enumerated() {
        result[flat: row + column] = Float(value - largest - log(total))
      }
    }
    return result
  }

  /// Compares the outputs with those of another program.
  ///
  /// - Parameter path: a safetensors file with `inputs` N×shape and `outputs`, as PyTorch has them.
  /// - Throws: ``Failure``: data missing for a file without them, or of other shapes.
  public func compare(with path: String) throws -> Comparison {
    let tensors = try TensorFile.read(path).tensors
    func tensor(_ name: String) throws -> Tensor<Float> {
      guard let stored = tensors[name] else {
        throw Failure(
          .dataMissing, "\(path) has no tensor '\(name)'",
          why: "it has "
            + tensors.keys.sorted().prefix(8).map { Failure.printable($0) }.joined(separator: ", "),
          help: "save both in Python: save_file({'inputs': x, 'outputs': model(x)}, "
            + "'check.safetensors')")
      }
      if let whole = stored.wholeNumbers {
        return Tensor(whole.map(Float.init), shape: stored.shape)
      }
      guard let numbers = stored.convertedToFloat32()?.tensor else {
        throw Failure(
          .dataMissing, "\(path): the tensor '\(name)' has type \(stored.elementType.rawValue)",
          why: "numbers (F32, F64, F16, BF16) or tokens (I64) are needed")
      }
      return numbers
    }
    let (inputs, expected) = (try tensor("inputs"), try tensor("outputs"))
    guard inputs.shape.rank > 0, inputs.shape[0] > 0, inputs.shape.dropFirst() == input.shape else {
      throw Failure(
        .dataMissing, "\(path): 'inputs' has shape \(inputs.shape)",
        why: "the network takes N×\(input.shape)")
    }
    try input.check(inputs, source: path)
    let found = outputs(of: inputs)
    guard found.shape == expected.shape else {
      throw Failure(
        .dataMissing, "\(path): 'outputs' has shape \(expected.shape)",
        why: "the network gives \(found.shape)")
    }
    var (difference, largest) = (0.0, 0.0)
    for (a, b) in zip(found.scalars, expected.scalars) {
      let distance = abs(Double(a) - Double(b))
      // NaN is no small distance.
      difference = distance.isNaN ? .infinity : max(difference, distance)
      largest = max(largest, abs(Double(b)))
    }
    return Comparison(count: inputs.shape[0], difference: difference, largest: largest)
  }
}
