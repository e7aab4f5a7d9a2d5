import Autograd
import Tensors

/// A network that answers a sequence of tokens with another one.
///
/// Tokens count from 0. One more, whose number is the size of the vocabulary, marks the end of a
/// sequence, and for outputs the beginning as well. Callers deal with sequences without marks.
public protocol SequenceToSequenceModel<Scalar>: ParameterContainer {
  /// The mark of the end of an output, and of its beginning.
  var outputMark: Int { get }

  /// The logits of all output tokens and the end marks, each predicted from the right tokens before
  /// it.
  ///
  /// - Returns: rows N×V, and where they lie: every output has one row for each token and one for
  ///   the end mark.
  func logits(
    for pairs: SequencePairs, in pass: ForwardPass<Scalar>
  ) -> (rows: Value<Scalar>, layout: SequenceLayout)

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
  /// The cross-entropy of all output tokens and the end marks, summed over a batch and divided by
  /// the number of its sequences; every token is predicted from the right ones before it.
  public func loss(of pairs: SequencePairs, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    let (rows, layout) = logits(for: pairs, in: pass)
    return loss(of: pairs, logits: rows, layout: layout, in: pass)
  }

  /// The cross-entropy for given logits; an empty batch gives 0.
  func loss(
    of pairs: SequencePairs, logits: Value<Scalar>, layout: SequenceLayout,
    in pass: ForwardPass<Scalar>
  ) -> Value<Scalar> {
    let tokens = layout.pack(pairs.outputs.map { $0 + [outputMark] })
    let weight = 1 / Double(max(1, pairs.count))
    return pass.loss(
      logits: logits, classes: tokens, weights: [Double](repeating: weight, count: tokens.count))
  }

  /// How many sequences of a batch are answered right, decoded greedily for the longest right
  /// answer plus 1 steps.
  public func correctCount(of pairs: SequencePairs, in pass: ForwardPass<Scalar>) -> Int {
    pairs.correctCount(
      of: decode(pairs.inputs, steps: pairs.longestOutput + 1, in: pass))
  }
}
