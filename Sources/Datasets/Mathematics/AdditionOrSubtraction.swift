/// Problems of the module `arithmetic__add_or_sub`: "What is -3 plus 0.5?".
enum AdditionOrSubtraction {
  static func problem(
    entropy: Double, _ draws: inout RandomDraws
  ) -> (question: String, answer: String) {
    let isAddition = draws.coin()
    let first = max(1, draws.uniform(0...entropy))
    let p = draws.integerOrDecimal(entropy: first)
    let q = draws.integerOrDecimal(entropy: max(1, entropy - first))
    let (a, b) = (p.text, q.text)
    guard !isAddition else {
      return (draws.choice(additions(a, b)), ExactNumber.sum(p, q).text)
    }
    // A distance is never negative.
    let wordings =
      subtractions(a, b) + (ExactNumber.isLess(p, q) ? [] : distances(a, b) + distances(b, a))
    return (draws.choice(wordings), ExactNumber.sum(p, q, sign: -1).text)
  }

  private static func additions(_ p: String, _ q: String) -> [String] {
    [
      "\(p) + \(q)", "\(p)+\(q)", "Work out \(p) + \(q).", "Add \(p) and \(q).",
      "Put together \(p) and \(q).", "Sum \(p) and \(q).", "Total of \(p) and \(q).",
      "Add together \(p) and \(q).", "What is \(p) plus \(q)?", "Calculate \(p) + \(q).",
      "What is \(p) + \(q)?",
    ]
  }

  private static func subtractions(_ p: String, _ q: String) -> [String] {
    [
      "\(p) - \(q)", "Work out \(p) - \(q).", "What is \(p) minus \(q)?",
      "What is \(p) take away \(q)?", "What is \(q) less than \(p)?", "Subtract \(q) from \(p).",
      "Calculate \(p) - \(q).", "What is \(p) - \(q)?",
    ]
  }

  private static func distances(_ p: String, _ q: String) -> [String] {
    [
      "What is the distance between \(p) and \(q)?",
      "What is the difference between \(p) and \(q)?",
    ]
  }
}
