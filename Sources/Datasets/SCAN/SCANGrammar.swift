/// The phrases of SCAN and what they mean.
///
/// The grammar, with x ∈ {walk, look, run, jump} and d ∈ {left, right}:
///
///     command  = sentence | sentence and sentence | sentence after sentence
///     sentence = verb | verb twice | verb thrice
///     verb     = x | x d | turn d | x opposite d | turn opposite d | x around d | turn around d
///
/// Meanings: `x d` turns, then does x; `opposite` turns twice; `around` turns and does x four times;
/// `a and b` does a then b, `a after b` does b then a.
///
/// Reference: Lake, Baroni 2018, supplementary material.
enum SCANGrammar {
  /// A phrase with its meaning, both encoded.
  struct Phrase: Hashable {
    var words: [UInt8]
    var actions: [UInt8]
  }

  /// All 20,910 commands, always in the same order.
  static let commands: [Phrase] = {
    var commands = sentences
    for conjunction in ["and", "after"] {
      let word = word(conjunction)
      for first in sentences {
        for second in sentences {
          let (early, late) = conjunction == "and" ? (first, second) : (second, first)
          commands.append(
            Phrase(
              words: first.words + [word] + second.words, actions: early.actions + late.actions))
        }
      }
    }
    return commands
  }()

  private static let sentences: [Phrase] = [(nil, 1), ("twice", 2), ("thrice", 3)].flatMap {
    adverb, count in
    verbs.map { verb in
      Phrase(
        words: verb.words + (adverb.map { [word($0)] } ?? []),
        actions: Array(repeating: verb.actions, count: count).flatMap { $0 })
    }
  }

  private static let verbs: [Phrase] = {
    let primitives = ["walk", "look", "run", "jump"]
    var verbs = primitives.map { Phrase(words: [word($0)], actions: action($0)) }
    for direction in ["left", "right"] {
      let turn = action("turn_" + direction)
      for primitive in primitives + ["turn"] {
        // To turn is no action beyond the turning.
        let act = primitive == "turn" ? [] : action(primitive)
        let around = Array(repeating: turn + act, count: 4).flatMap { $0 }
        for (manner, actions) in [
          (nil, turn + act), ("opposite", turn + turn + act), ("around", around),
        ] {
          let words = [primitive] + (manner.map { [$0] } ?? []) + [direction]
          verbs.append(Phrase(words: words.map(word), actions: actions))
        }
      }
    }
    return verbs
  }()

  /// The number of a word of the grammar.
  static func word(_ word: String) -> UInt8 {
    guard let number = SCAN.inputVocabulary.number(of: word) else {
      preconditionFailure("'\(word)' is no word of SCAN")
    }
    return number
  }

  /// The action of a name in lower case.
  private static func action(_ name: String) -> [UInt8] {
    guard let number = SCAN.outputVocabulary.number(of: "I_" + name.uppercased()) else {
      preconditionFailure("'\(name)' is no action of SCAN")
    }
    return [number]
  }
}
