import Datasets
import Store
import Tensors
import Testing

struct MathematicsTests {
  let random = RandomSource(seed: 3).stream("data/train")

  @Test("questions and answers in turn are read")
  func reading() throws {
    let text = "What is 1 + 1?\n2\nSort 2, 1.\n1, 2"
    for end in ["", "\n"] {
      let problems = try MathematicsProblems.parse(Array((text + end).utf8), file: "x.txt")
      #expect(problems.count == 2)
      #expect(problems[1] == ("Sort 2, 1.", "1, 2"))
    }
  }

  @Test("problems become pairs over one vocabulary of characters")
  func encoding() {
    var problems = MathematicsProblems()
    problems.append(question: "1+1".utf8, answer: "2".utf8)
    problems.append(question: "1-1".utf8, answer: "0".utf8)
    let vocabulary = MathematicsProblems.vocabulary(of: [problems])
    #expect(vocabulary.tokens == ["+", "-", "0", "1", "2"])
    let pairs = problems.pairs(vocabulary)
    #expect(Array(pairs.inputs[1]) == [3, 1, 3])
    #expect(pairs.tokens(0).output == ["2"])
  }

  @Test("questions that have been seen are found")
  func repetitions() {
    var problems = MathematicsProblems()
    for text in ["a", "b", "a"] { problems.append(question: text.utf8, answer: "1".utf8) }
    var seen: Set<[UInt8]> = [Array("b".utf8)]
    #expect(problems.unseenQuestions(&seen) == [0])
    #expect(problems.selecting([2])[0].question == "a")
  }

  @Test(
    "every answer is right, by a parser and decimal arithmetic of its own",
    arguments: MathematicsGenerator.Module.allCases, MathematicsGenerator.Difficulty.allCases)
  func answers(
    module: MathematicsGenerator.Module, difficulty: MathematicsGenerator.Difficulty
  ) throws {
    let problems = MathematicsGenerator(module, difficulty).problems(1000, random: random)
    #expect(problems.count == 1000)
    #expect(problems.questions.maximumLength <= MathematicsProblems.maximumQuestionLength)
    #expect(problems.answers.maximumLength <= MathematicsProblems.maximumAnswerLength)
    for index in 0..<problems.count {
      let (question, answer) = problems[index]
      switch module {
      case .addOrSub: #expect(try answer == MathematicsOracle.result(of: question), "\(question)")
      case .sort: #expect(try answer == MathematicsOracle.sorted(question), "\(question)")
      case .linear:
        #expect(try PolynomialOracle.isOnlySolution(answer, of: question), "\(question)")
      case .collect:
        #expect(
          try PolynomialOracle.terms(of: answer) == PolynomialOracle.collected(question),
          "\(question)")
      case .differentiate:
        #expect(
          try PolynomialOracle.terms(of: answer) == PolynomialOracle.derivative(question),
          "\(question)")
      }
    }
  }

  @Test("wordings are the published ones and all occur")
  func wordings() throws {
    func wordings(_ module: MathematicsGenerator.Module) -> Set<String> {
      let problems = MathematicsGenerator(module, .medium).problems(3000, random: random)
      return Set(
        (0..<problems.count).map {
          problems[$0].question.replacing(/-?\d+([.\/]\d+)?(, -?\d+([.\/]\d+)?)*/, with: "#")
        })
    }
    #expect(
      wordings(.addOrSub) == [
        "# + #", "#+#", "Work out # + #.", "Add # and #.", "Put together # and #.", "Sum # and #.",
        "Total of # and #.", "Add together # and #.", "What is # plus #?", "Calculate # + #.",
        "What is # + #?", "# - #", "Work out # - #.", "What is # minus #?",
        "What is # take away #?", "What is # less than #?", "Subtract # from #.",
        "Calculate # - #.", "What is # - #?", "What is the distance between # and #?",
        "What is the difference between # and #?",
      ])
    #expect(
      wordings(.sort) == [
        "Sort #.", "Sort # in ascending order.", "Sort # in increasing order.",
        "Sort # in descending order.", "Sort # in decreasing order.", "Put # in ascending order.",
        "Put # in increasing order.", "Put # in descending order.", "Put # in decreasing order.",
      ])
    let derivatives = MathematicsGenerator(.differentiate, .easy).problems(1000, random: random)
    let pattern = /((?:Differentiate|.* derivative of)) .*?(?: (wrt|with respect to) [a-z])?([.?])/
    #expect(
      Set(
        try (0..<derivatives.count).map {
          let match = try #require(derivatives[$0].question.wholeMatch(of: pattern)?.output)
          return "\(match.1) #\(match.2.map { " \($0) x" } ?? "")\(match.3)"
        }
      ) == [
        "Find the first derivative of # wrt x.", "What is the first derivative of # wrt x?",
        "Find the second derivative of # wrt x.", "What is the second derivative of # wrt x?",
        "Find the third derivative of # wrt x.", "What is the third derivative of # wrt x?",
        "Find the first derivative of #.", "What is the first derivative of #?",
        "Find the second derivative of #.", "What is the second derivative of #?",
        "Find the third derivative of #.", "What is the third derivative of #?",
        "Differentiate # with respect to x.", "Differentiate # wrt x.", "Differentiate #.",
        "What is the derivative of # wrt x?", "What is the derivative of #?",
      ])
  }

  /// Means over 1,000 problems of the published generator; a standard error is about 0.2 for
  /// questions and 0.12 for answers.
  @Test(
    "questions and answers are as long as the published generator's",
    arguments: [
      (MathematicsGenerator.Module.addOrSub, MathematicsGenerator.Difficulty.easy, 23.57, 6.26),
      (.addOrSub, .medium, 27.12, 9.42), (.addOrSub, .hard, 30.72, 12.62),
      (.addOrSub, .interpolate, 28.75, 10.94), (.sort, .easy, 36.29, 14.34),
      (.sort, .medium, 40.02, 17.85), (.sort, .hard, 42.99, 20.92),
      (.sort, .interpolate, 41.98, 20.28), (.linear, .easy, 29.29, 1.48),
      (.linear, .medium, 35.33, 2.03), (.linear, .hard, 42.09, 2.46),
      (.linear, .interpolate, 41.10, 2.30), (.collect, .easy, 48.45, 6.57),
      (.collect, .medium, 55.35, 8.36), (.collect, .hard, 62.38, 9.69),
      (.collect, .interpolate, 59.50, 9.31),
    ])
  func lengths(
    module: MathematicsGenerator.Module, difficulty: MathematicsGenerator.Difficulty,
    question: Double, answer: Double
  ) {
    let problems = MathematicsGenerator(module, difficulty).problems(3000, random: random)
    #expect(abs(Double(problems.questions.tokens.count) / 3000 - question) < 1)
    #expect(abs(Double(problems.answers.tokens.count) / 3000 - answer) < 0.6)
  }

  /// Questions of this module vary more in length: a standard error over 1,000 is about 1.2.
  @Test(
    "derivatives are as long as the published generator's",
    arguments: [
      (MathematicsGenerator.Difficulty.easy, 70.84, 15.33), (.medium, 75.40, 17.00),
      (.hard, 77.38, 17.89), (.interpolate, 76.91, 17.56),
    ])
  func derivativeLengths(
    difficulty: MathematicsGenerator.Difficulty, question: Double, answer: Double
  ) {
    let problems = MathematicsGenerator(.differentiate, difficulty).problems(3000, random: random)
    #expect(abs(Double(problems.questions.tokens.count) / 3000 - question) < 3.5)
    #expect(abs(Double(problems.answers.tokens.count) / 3000 - answer) < 1)
  }

  @Test("the first problems do not depend on the number, and difficulties are independent")
  func streams() {
    let easy = MathematicsGenerator(.addOrSub, .easy)
    let many = easy.problems(200, random: random)
    #expect(easy.problems(20, random: random) == many.selecting(Array(0..<20)))
    #expect(easy.problems(20, random: RandomSource(seed: 4).stream("data/train")) != many)
    let hard = MathematicsGenerator(.addOrSub, .hard).problems(200, random: random)
    let sameWording = (0..<200).count { index in
      let parts = [many, hard].map { $0[index].question.filter { !$0.isNumber && $0 != "." } }
      return parts[0] == parts[1]
    }
    #expect(sameWording < 60)
  }

  @Test("difficulties are thirds of the range of entropy")
  func ranges() {
    #expect(MathematicsGenerator(.addOrSub, .easy).entropy == 4...8)
    #expect(MathematicsGenerator(.addOrSub, .hard).entropy == 12...16)
    #expect(MathematicsGenerator(.sort, .interpolate).entropy == 8...8)
    let small = MathematicsGenerator(.addOrSub, entropy: 2...3.3).problems(500, random: random)
    #expect(small.questions.maximumLength < 50)
  }
}
