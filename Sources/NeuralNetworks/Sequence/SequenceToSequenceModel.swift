import Autograd
import Tensors

/// A network that answers a sequence of tokens with another one.
///
/// Tokens count from 0. One more, whose number is the size of the vocabulary, marks the end of a
/// sequence, and for outputs the beginning as well. Callers deal with sequences without marks.
public protocol SequenceToSequenceModel<Scalar>: ParameterContainer {
  /// The cross-entropy of all output tokens and the end marks, summed over a batch and divided by
  /// the number of its sequences; every token is predicted from the right ones before it.
  func loss(of pairs: SequencePairs, in pass: ForwardPass<Scalar>) -> Value<Scalar>

  /// The most probable token after the other, up to the end mark.
  ///
  /// - Parameters:
  ///   - inputs: the input sequences.
  ///   - steps: the number of tokens, end mark included, after which an answer without end is cut;
  ///     the longest right answer plus 1 tells right from wrong.
  ///   - pass: the circumstances.
  /// - Returns: the tokens before the end mark.
  func decode(_ inputs: [[Int]], steps: Int, in pass: ForwardPass<Scalar>) -> [[Int]]
}

extension SequenceToSequenceModel {
  /// How many sequences of a batch are answered right, decoded greedily for the longest right
  /// answer plus 1 steps.
  public func correctCount(of pairs: SequencePairs, in pass: ForwardPass<Scalar>) -> Int {
    pairs.correctCount(
      of: decode(pairs.inputs, steps: pairs.longestOutput + 1, in: pass))
  }
}

extension Graph {
  /// The cross-entropy of packed tokens, summed over all rows and divided by the batch size.
  ///
  /// Shapes: logits N×V, tokens N → scalar. An empty batch gives 0.
  func sequenceLoss(
    logits: Value<Scalar>, tokens: [Int], batch: Int
  ) -> Value<Scalar> {
    let weight = 1 / Double(max(1, batch))
    return crossEntropy(
      logits: logits, classes: tokens, weights: [Double](repeating: weight, count: tokens.count))
  }
}
