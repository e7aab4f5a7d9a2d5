/// SCAN: simple commands of a little language and the actions that carry them out.
///
/// Reference: Lake, Baroni: Generalization without Systematicity. ICML 2018.
public enum SCAN {
  /// Words of commands, the most frequent over the published splits first.
  public static let inputVocabulary = Vocabulary([
    "left", "right", "twice", "thrice", "opposite", "around", "and", "after", "jump", "run", "walk",
    "look", "turn",
  ])

  /// Actions, the most frequent over the published splits first.
  public static let outputVocabulary = Vocabulary([
    "I_TURN_LEFT", "I_TURN_RIGHT", "I_JUMP", "I_WALK", "I_RUN", "I_LOOK",
  ])

  /// A division of the commands into training and test set.
  public enum Split: String, Sendable, CaseIterable {
    /// At random, four fifths and one fifth.
    case simple
    /// At most 22 actions against more.
    case length
    /// `jump` alone is trained, its combinations are tested.
    case jump
    /// `turn left` alone and the combinations of `turn right` and all others are trained, those of
    /// `turn left` are tested.
    case turnLeft = "turn-left"
  }

  /// Longest sequence of actions in the training set of ``Split/length``.
  public static let longestTrainedActions = 22

  /// Examples in the training set of each split, repetitions included.
  public static func trainingCount(_ split: Split) -> Int {
    switch split {
    case .simple: 16_728
    case .length: 16_990
    case .jump: 14_670
    case .turnLeft: 21_890
    }
  }

  /// Examples in the test set of each split.
  public static func testCount(_ split: Split) -> Int {
    switch split {
    case .simple: 4182
    case .length: 3920
    case .jump: 7706
    case .turnLeft: 1208
    }
  }

  /// Pairs of commands and actions with the vocabularies of SCAN.
  static func pairs(commands: TokenSequences, actions: TokenSequences) -> SequencePairs {
    SequencePairs(
      inputVocabulary: inputVocabulary, outputVocabulary: outputVocabulary, inputs: commands,
      outputs: actions)
  }

  /// One example in the notation of the published files, without line feed.
  public static func line(_ pairs: SequencePairs, _ index: Int) -> String {
    let (command, actions) = pairs.tokens(index)
    return "IN: \(command.joined(separator: " ")) OUT: \(actions.joined(separator: " "))"
  }
}
