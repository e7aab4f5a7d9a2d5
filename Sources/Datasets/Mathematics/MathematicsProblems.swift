/// Questions and answers as texts, in the manner of the Mathematics Dataset.
///
/// Reference: Saxton, Grefenstette, Hill, Kohli: Analysing Mathematical Reasoning Abilities of
/// Neural Models. ICLR 2019.
public struct MathematicsProblems: Sendable, Hashable {
  /// The questions in ASCII.
  public private(set) var questions = TokenSequences()
  /// The answers in ASCII, as many as questions.
  public private(set) var answers = TokenSequences()

  /// The longest question, in characters.
  public static let maximumQuestionLength = 160
  /// The longest answer, in characters.
  public static let maximumAnswerLength = 30

  /// No problems.
  public init() {}

  /// Number of problems.
  public var count: Int { questions.count }

  /// Adds a problem at the end.
  public mutating func append(question: some Sequence<UInt8>, answer: some Sequence<UInt8>) {
    questions.append(question)
    answers.append(answer)
  }

  /// Makes room, so that memory grows with the number of problems alone.
  mutating func reserveCapacity(characters: Int, problems: Int) {
    let inAnswers = min(characters, problems * Self.maximumAnswerLength)
    questions.reserveCapacity(tokens: characters, sequences: problems)
    answers.reserveCapacity(tokens: inAnswers, sequences: problems)
  }

  /// The texts of a problem.
  public subscript(index: Int) -> (question: String, answer: String) {
    (
      String(decoding: questions[index], as: UTF8.self),
      String(decoding: answers[index], as: UTF8.self)
    )
  }

  /// The problems of the given positions, in the order asked for.
  public func selecting(_ indices: [Int]) -> MathematicsProblems {
    var selected = MathematicsProblems()
    selected.questions = questions.selecting(indices)
    selected.answers = answers.selecting(indices)
    return selected
  }

  /// Positions of the problems whose question has not been seen; they are seen afterwards.
  public func unseenQuestions(_ seen: inout Set<[UInt8]>) -> [Int] {
    (0..<count).filter { seen.insert(Array(questions[$0])).inserted }
  }

  /// The characters of all questions and answers, ascending, as tokens.
  public static func vocabulary(of problems: [MathematicsProblems]) -> Vocabulary {
    Vocabulary(charactersOf: problems.flatMap { [$0.questions, $0.answers] })
  }

  /// The problems as pairs of token sequences over one vocabulary of characters.
  ///
  /// - Precondition: the vocabulary holds every character that occurs.
  public func pairs(_ vocabulary: Vocabulary) -> SequencePairs {
    var numbers = [UInt8?](repeating: nil, count: 256)
    for byte in UInt8.min..<128 {
      numbers[Int(byte)] = vocabulary.number(of: String(UnicodeScalar(byte)))
    }
    func encoded(_ text: TokenSequences) -> TokenSequences {
      text.mapped { byte in
        guard let number = numbers[Int(byte)] else {
          preconditionFailure("character \(byte) is not in the vocabulary")
        }
        return number
      }
    }
    return SequencePairs(
      inputVocabulary: vocabulary, outputVocabulary: vocabulary, inputs: encoded(questions),
      outputs: encoded(answers))
  }
}
