import Tensors

extension SCAN {
  /// All 20,910 commands of the grammar with their actions, always in the same order.
  public static func allCommands() -> SequencePairs { pairs(SCANGrammar.commands) }

  /// The training and test set of a split, from the grammar alone.
  ///
  /// ``Split/length``, ``Split/jump`` and ``Split/turnLeft`` hold the published examples, in another
  /// order; the bare command stands in the training sets of the last two as often as in the
  /// published files (1,467 and 2,189 times). ``Split/simple`` is random in the published files
  /// and here: a draw of the same sizes from `random`.
  public static func generate(
    _ split: Split, random: RandomStream
  ) -> (train: SequencePairs, test: SequencePairs) {
    let commands = SCANGrammar.commands
    let isTested: (Int) -> Bool
    switch split {
    case .simple:
      let tested = Set(random.permutation(commands.count).prefix(testCount(split)))
      isTested = tested.contains
    case .length:
      isTested = { commands[$0].actions.count > longestTrainedActions }
    case .jump:
      isTested = { isCombination(of: ["jump"], commands[$0].words) }
    case .turnLeft:
      isTested = { isCombination(of: ["turn", "left"], commands[$0].words) }
    }
    var train = commands.indices.filter { !isTested($0) }
    let test = commands.indices.filter(isTested)
    if let bare = bareCommand(split), let place = commands.firstIndex(where: { $0.words == bare }) {
      train += Array(repeating: place, count: trainingCount(split) - train.count)
    }
    return (pairs(train.map { commands[$0] }), pairs(test.map { commands[$0] }))
  }

  /// The command whose combinations are held out.
  private static func bareCommand(_ split: Split) -> [UInt8]? {
    switch split {
    case .simple, .length: nil
    case .jump: ["jump"].map(SCANGrammar.word)
    case .turnLeft: ["turn", "left"].map(SCANGrammar.word)
    }
  }

  /// Whether a command contains the words in a row, and others too.
  private static func isCombination(of part: [String], _ words: [UInt8]) -> Bool {
    let part = part.map(SCANGrammar.word)
    return words.count > part.count && words.contains(part)
  }

  private static func pairs(_ phrases: [SCANGrammar.Phrase]) -> SequencePairs {
    pairs(
      commands: TokenSequences(phrases.lazy.map(\.words)),
      actions: TokenSequences(phrases.lazy.map(\.actions)))
  }
}
