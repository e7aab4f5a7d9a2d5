import Datasets
import Testing

struct TokenSequencesTests {
  @Test("sequences are kept apart, empty ones too")
  func sequences() {
    var sequences = TokenSequences([[1, 2], [], [3]] as [[UInt8]])
    sequences.append([4, 5, 6])
    #expect(sequences.count == 4)
    #expect((0..<4).map { Array(sequences[$0]) } == [[1, 2], [], [3], [4, 5, 6]])
    #expect((0..<4).map { sequences.length($0) } == [2, 0, 1, 3])
    #expect(sequences.maximumLength == 3)
    #expect(TokenSequences().maximumLength == 0)
    #expect(
      sequences.selecting([3, 1, 3]) == TokenSequences([[4, 5, 6], [], [4, 5, 6]] as [[UInt8]]))
    #expect(
      sequences.mapped { $0 + 1 } == TokenSequences([[2, 3], [], [4], [5, 6, 7]] as [[UInt8]]))
  }

  @Test("pairs are selected together and decoded")
  func pairs() {
    let vocabulary = Vocabulary(["a", "b"])
    let pairs = SequencePairs(
      inputVocabulary: vocabulary, outputVocabulary: Vocabulary(["x"]),
      inputs: TokenSequences([[0, 1], [1]] as [[UInt8]]),
      outputs: TokenSequences([[0], [0, 0]] as [[UInt8]]))
    #expect(pairs.tokens(0).input == ["a", "b"])
    #expect(pairs.tokens(1).output == ["x", "x"])
    #expect(pairs.selecting([1]).inputs == TokenSequences([[1]] as [[UInt8]]))
  }

  @Test("characters are numbered in ascending order")
  func characters() {
    let vocabulary = Vocabulary(
      charactersOf: [TokenSequences(["b?".utf8, "a b".utf8].map { Array($0) })])
    #expect(vocabulary.tokens == [" ", "?", "a", "b"])
    #expect(vocabulary.number(of: "b") == 3)
    #expect(vocabulary.end == 4)
  }
}
