import Tensors

/// A batch of input and output sequences of tokens, without the tokens that mark beginning and end.
public struct SequencePairs: Sendable, Hashable {
  /// The input sequences.
  public let inputs: [[Int]]
  /// The output sequences that belong to them.
  public let outputs: [[Int]]

  /// A batch.
  ///
  /// - Precondition: as many inputs as outputs.
  public init(inputs: [[Int]], outputs: [[Int]]) {
    require(
      inputs.count == outputs.count,
      "\(inputs.count) input sequences for \(outputs.count) output sequences")
    self.inputs = inputs
    self.outputs = outputs
  }

  /// B.
  public var count: Int { inputs.count }

  /// The length of the longest output, 0 when there is none.
  public var longestOutput: Int { outputs.map(\.count).max() ?? 0 }

  /// How many predictions equal their outputs: all tokens right and the length right.
  public func correctCount(of predictions: [[Int]]) -> Int {
    require(
      predictions.count == count, "\(predictions.count) predictions for \(count) outputs")
    return zip(predictions, outputs).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }
  }
}
