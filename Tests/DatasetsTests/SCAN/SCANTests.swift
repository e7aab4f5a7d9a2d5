import Datasets
import Store
import Tensors
import Testing

struct SCANTests {
  let random = RandomSource(seed: 5).stream("data/split")

  static func lines(_ pairs: SequencePairs) -> [String] {
    (0..<pairs.count).map { SCAN.line(pairs, $0) }
  }

  /// SHA-256 of the lines in the order of their bytes, each with its line feed.
  static func digest(_ lines: [String]) -> String {
    let sorted = lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return SHA256.digest(of: sorted.map { $0 + "\n" }.joined())
  }

  @Test("meanings by hand")
  func meanings() {
    let all = SCAN.allCommands()
    let actions = Dictionary(
      uniqueKeysWithValues: (0..<all.count).map {
        (all.tokens($0).input.joined(separator: " "), all.tokens($0).output)
      })
    #expect(actions["jump"] == ["I_JUMP"])
    #expect(actions["turn left"] == ["I_TURN_LEFT"])
    #expect(actions["turn opposite right"] == ["I_TURN_RIGHT", "I_TURN_RIGHT"])
    #expect(
      actions["walk opposite left"] == ["I_TURN_LEFT", "I_TURN_LEFT", "I_WALK"])
    #expect(
      actions["look around right"]
        == Array(repeating: ["I_TURN_RIGHT", "I_LOOK"], count: 4).flatMap { $0 })
    #expect(
      actions["run left twice after jump thrice"]
        == ["I_JUMP", "I_JUMP", "I_JUMP", "I_TURN_LEFT", "I_RUN", "I_TURN_LEFT", "I_RUN"])
    #expect(actions["turn around left and walk"]?.count == 5)
  }

  /// The digest is that of the lines of the published `simple` split, both parts together.
  @Test("the grammar gives the published commands and actions")
  func allCommands() {
    let all = SCAN.allCommands()
    #expect(all.count == 20_910)
    #expect(all.inputs.maximumLength == 9)
    #expect(all.outputs.maximumLength == 48)
    #expect(
      Self.digest(Self.lines(all))
        == "6be4b39bc8bf3a20be810b6991250d0493e608560609db6765dd679e1ed1c98e")
  }

  /// Digests of the sorted lines of the published files, repetitions included.
  @Test(
    "the splits are the published ones",
    arguments: [
      (
        SCAN.Split.length, "7ffb97f45029871c94bede7e723f7a4aa179eb99fe2b977a18283310422c719d",
        "3297fd0b676c391f7bc3a7385aa66a7fdf64f6f8e81ad584810c1d4ebd0eaa2c", 16_990
      ),
      (
        .jump, "0683daacfdce23cf8ed6f5077feda21785e93ac82e0d11363a9280b7b0c6561e",
        "522454c6280eab957dfc4ea9579ef1d780a716ac34df09619970e1d98822d7e2", 13_204
      ),
      (
        .turnLeft, "e0c26b51b6bba2658e02d69ad53fc15399842d57356d3551a3ed192bca0f9ad4",
        "14dd6316d16204d2871678ee4bd35aba253416a9b4df36bb6dfdda153d46e549", 19_702
      ),
    ])
  func splits(split: SCAN.Split, train: String, test: String, distinct: Int) {
    let parts = SCAN.generate(split, random: random)
    let lines = Self.lines(parts.train)
    #expect(lines.count == SCAN.trainingCount(split))
    #expect(Set(lines).count == distinct)
    #expect(Self.digest(lines) == train)
    #expect(parts.test.count == SCAN.testCount(split))
    #expect(Self.digest(Self.lines(parts.test)) == test)
  }

  /// Mean lengths of inputs and outputs of the published training sets, to two places.
  @Test(
    "training sets have the published mean lengths",
    arguments: [
      (SCAN.Split.length, 7.03, 10.80, 22, 48), (.jump, 6.64, 12.73, 48, 48),
      (.turnLeft, 6.75, 13.27, 48, 27),
    ])
  func lengths(split: SCAN.Split, input: Double, output: Double, longest: Int, longestTested: Int) {
    let (train, test) = SCAN.generate(split, random: random)
    #expect(abs(Double(train.inputs.tokens.count) / Double(train.count) - input) < 0.005)
    #expect(abs(Double(train.outputs.tokens.count) / Double(train.count) - output) < 0.005)
    #expect(train.outputs.maximumLength == longest)
    #expect(test.outputs.maximumLength == longestTested)
  }

  @Test("the simple split is a random division that the seed decides")
  func simple() {
    let (train, test) = SCAN.generate(.simple, random: random)
    #expect(train.count == 16_728)
    #expect(test.count == 4182)
    let (trained, tested) = (Set(Self.lines(train)), Set(Self.lines(test)))
    #expect(trained.isDisjoint(with: tested))
    #expect(trained.union(tested) == Set(Self.lines(SCAN.allCommands())))
    let again = SCAN.generate(.simple, random: random)
    #expect(again.train == train)
    let other = SCAN.generate(.simple, random: RandomSource(seed: 6).stream("data/split"))
    #expect(other.test != test)
    // A fifth of the 102 commands without conjunction, five standard deviations wide.
    let short = tested.count { !$0.contains(" and ") && !$0.contains(" after ") }
    #expect((2...38).contains(short))
  }

  @Test("the vocabulary has the published order, the end mark after it")
  func vocabulary() {
    #expect(SCAN.inputVocabulary.tokens.prefix(3) == ["left", "right", "twice"])
    #expect(SCAN.inputVocabulary.size == 14)
    #expect(SCAN.outputVocabulary.number(of: "I_JUMP") == 2)
    #expect(SCAN.outputVocabulary.end == 6)
    #expect(SCAN.outputVocabulary.number(of: "I_FLY") == nil)
  }

  @Test("what is written in the published notation is read back")
  func roundTrip() throws {
    let pairs = SCAN.allCommands().selecting(Array(stride(from: 0, to: 20_910, by: 97)))
    let text = Self.lines(pairs).joined(separator: "\n")
    #expect(try SCAN.parse(Array(text.utf8), file: "x.txt") == pairs)
    #expect(try SCAN.parse(Array((text + "\n").utf8), file: "x.txt") == pairs)
  }
}
