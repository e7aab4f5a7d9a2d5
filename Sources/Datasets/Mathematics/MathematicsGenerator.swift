import Tensors

/// Problems in the manner of five modules of the Mathematics Dataset, from a seeded stream.
///
/// Questions have the published wordings, numbers the published distribution by entropy; a
/// difficulty is a third of the entropy range of the training set. What differs from the published
/// generator: the random numbers; entropy is divided among the numbers to be sorted by the gaps of
/// uniform numbers instead of normalised exponential ones (the same distribution); decimals that
/// would need more than 18 digits do not occur, since ``Module`` and ``Difficulty`` bound them.
///
/// Reference: Saxton et al. 2019; wordings and ranges of its generator's `algebra`, `arithmetic`,
/// `calculus`, `comparison` and `polynomials` modules.
public struct MathematicsGenerator: Sendable, Hashable {
  /// What is asked for.
  public enum Module: String, Sendable, CaseIterable {
    /// The solution of a linear equation in one unknown.
    case linear = "algebra__linear_1d"
    /// The sum or difference of two whole or decimal numbers.
    case addOrSub = "arithmetic__add_or_sub"
    /// The first, second or third derivative of a polynomial in one to four letters.
    case differentiate = "calculus__differentiate"
    /// Three to eight numbers in order.
    case sort = "comparison__sort"
    /// The terms of a polynomial in one letter, each power once.
    case collect = "polynomials__collect"
  }

  /// A part of the entropy range.
  public enum Difficulty: String, Sendable, CaseIterable {
    /// First third of the training range.
    case easy
    /// Second third.
    case medium
    /// Last third.
    case hard
    /// One value within the training range, set apart for the test of interpolation.
    case interpolate
  }

  /// The module.
  public let module: Module
  /// Range that the entropy of a problem is drawn from.
  public let entropy: ClosedRange<Double>

  /// A generator of the published difficulty.
  public init(_ module: Module, _ difficulty: Difficulty) {
    self.module = module
    let (low, high): (Double, Double) = module == .addOrSub ? (4, 16) : (3, 10)
    let third = (high - low) / 3
    entropy =
      switch difficulty {
      case .easy: low...low + third
      case .medium: low + third...low + 2 * third
      case .hard: low + 2 * third...high
      case .interpolate: module == .addOrSub ? 12...12 : 8...8
      }
  }

  /// A generator of another range of entropies, for smaller problems.
  ///
  /// - Precondition: within 1…16 for ``Module/addOrSub``, 1…10 for the other modules.
  public init(_ module: Module, entropy: ClosedRange<Double>) {
    precondition(
      entropy.lowerBound >= 1 && entropy.upperBound <= (module == .addOrSub ? 16 : 10),
      "entropy \(entropy)")
    self.module = module
    self.entropy = entropy
  }

  /// Problems from 0 up to `count`; the first ones of a longer draw are those of a shorter one.
  ///
  /// A question may occur more than once, as in the published files.
  public func problems(_ count: Int, random: RandomStream) -> MathematicsProblems {
    var problems = MathematicsProblems()
    // Of one stream, every range takes a part of its own: easy and hard problems are independent.
    let bounds = [entropy.lowerBound, entropy.upperBound].map { UInt32(($0 * 1024).rounded()) }
    for item in 0..<count {
      var draws = RandomDraws(random, item: item, part: bounds[0] << 16 | bounds[1])
      while true {
        let (question, answer) = problem(&draws)
        if question.utf8.count <= MathematicsProblems.maximumQuestionLength,
          answer.utf8.count <= MathematicsProblems.maximumAnswerLength
        {
          problems.append(question: question.utf8, answer: answer.utf8)
          break
        }
      }
    }
    return problems
  }

  private func problem(_ draws: inout RandomDraws) -> (question: String, answer: String) {
    let entropy = draws.uniform(entropy)
    switch module {
    case .addOrSub: return AdditionOrSubtraction.problem(entropy: entropy, &draws)
    case .sort: return Sorting.problem(entropy: entropy, &draws)
    case .linear: return LinearEquation.problem(entropy: entropy, &draws)
    case .differentiate: return Differentiation.problem(entropy: entropy, &draws)
    case .collect: return CollectingTerms.problem(entropy: entropy, &draws)
    }
  }
}
