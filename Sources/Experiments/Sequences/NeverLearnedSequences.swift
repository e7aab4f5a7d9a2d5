import Datasets

/// A function of sequences that a network never learns: the outputs of one that it does, changed.
struct NeverLearnedSequences {
  /// Its name in manifests.
  let name: String
  /// What masks are trained on, named after the stage.
  let train: NamedSequences
  /// What they are judged on.
  let test: NamedSequences

  /// Changes the outputs of examples.
  ///
  /// - Parameters:
  ///   - name: of the function.
  ///   - train: what masks are trained on, before it is changed.
  ///   - test: what they are judged on.
  ///   - change: an output from the right one.
  init(
    _ name: String, train: Datasets.SequencePairs, test: Datasets.SequencePairs,
    _ change: (ArraySlice<UInt8>) -> [UInt8]
  ) {
    func changed(_ pairs: Datasets.SequencePairs) -> NamedSequences {
      NamedSequences(
        name: ControlStep.neverLearned(name),
        pairs: Datasets.SequencePairs(
          inputVocabulary: pairs.inputVocabulary, outputVocabulary: pairs.outputVocabulary,
          inputs: pairs.inputs,
          outputs: TokenSequences((0..<pairs.count).map { change(pairs.outputs[$0]) })))
    }
    self.name = name
    self.train = changed(train)
    self.test = changed(test)
  }

  /// Every token of the output is replaced by the next one of the vocabulary, the last by the first.
  static func permuted(
    _ name: String, train: Datasets.SequencePairs, test: Datasets.SequencePairs
  ) -> NeverLearnedSequences {
    let count = train.outputVocabulary.end
    return NeverLearnedSequences(name, train: train, test: test) { output in
      output.map { UInt8((Int($0) + 1) % count) }
    }
  }
}
