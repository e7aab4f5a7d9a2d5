/// Examples of a task that maps sequences to sequences, encoded by vocabularies.
///
/// No sequence holds the end mark: where it is wanted, the network's side adds it.
public struct SequencePairs: Sendable, Hashable {
  /// Tokens of the inputs.
  public let inputVocabulary: Vocabulary
  /// Tokens of the outputs.
  public let outputVocabulary: Vocabulary
  /// The inputs.
  public let inputs: TokenSequences
  /// The outputs, as many as inputs.
  public let outputs: TokenSequences

  /// Pairs from their parts.
  ///
  /// - Precondition: as many inputs as outputs, every token within its vocabulary.
  public init(
    inputVocabulary: Vocabulary, outputVocabulary: Vocabulary, inputs: TokenSequences,
    outputs: TokenSequences
  ) {
    precondition(inputs.count == outputs.count, "\(inputs.count) inputs, \(outputs.count) outputs")
    precondition(
      inputs.tokens.allSatisfy { $0 < inputVocabulary.end }
        && outputs.tokens.allSatisfy { $0 < outputVocabulary.end },
      "a token beyond its vocabulary")
    self.inputVocabulary = inputVocabulary
    self.outputVocabulary = outputVocabulary
    self.inputs = inputs
    self.outputs = outputs
  }

  /// Number of pairs.
  public var count: Int { inputs.count }

  /// The pairs of the given positions, in the order asked for.
  public func selecting(_ indices: [Int]) -> SequencePairs {
    SequencePairs(
      inputVocabulary: inputVocabulary, outputVocabulary: outputVocabulary,
      inputs: inputs.selecting(indices), outputs: outputs.selecting(indices))
  }

  /// The tokens of one input and its output, as text.
  public func tokens(_ index: Int) -> (input: [String], output: [String]) {
    (
      inputs[index].map { inputVocabulary.tokens[Int($0)] },
      outputs[index].map { outputVocabulary.tokens[Int($0)] }
    )
  }
}
