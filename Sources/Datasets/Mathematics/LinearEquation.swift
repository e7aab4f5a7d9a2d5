/// Problems of the module `algebra__linear_1d`: "Solve 3*c + 31 = 19 for c.".
enum LinearEquation {
  static func problem(
    entropy: Double, _ draws: inout RandomDraws
  ) -> (question: String, answer: String) {
    let ownEntropy = max(1, entropy / 4)
    let rest = max(1, entropy - ownEntropy)
    let solution = draws.integer(entropy: ownEntropy, isSigned: true)
    let letter = draws.letters(1)
    let fraction = draws.uniform(1.0 / 3...2.0 / 3)
    let factor = draws.integer(
      entropy: max(1, rest * fraction), isSigned: true, minimumMagnitude: 1)
    // factor · x = constant, with both written as sums.
    let values = [factor, factor * solution]
    let fewest = values.count { $0 != 0 } + 1
    let length = draws.integer(fewest...max(fewest, 2 + Int(rest / 2)))
    let summands = draws.summands(of: values, length: length, entropy: (1 - fraction) * rest)
    let terms = summands[0].map { ($0, 1) } + summands[1].map { (-$0, 0) }
    var sides: (left: [Term], right: [Term]) = ([], [])
    for (coefficient, power) in terms {
      if draws.coin() {
        sides.left.append(Term(coefficient, powers: [power], of: letter))
      } else {
        sides.right.append(Term(-coefficient, powers: [power], of: letter, isNegated: true))
      }
    }
    let equation = "\(Term.text(of: sides.left)) = \(Term.text(of: sides.right))"
    return ("Solve \(equation) for \(letter[0]).", String(solution))
  }
}
