/// Problems of the module `comparison__sort`: "Put 2, -1/3, 0.5 in decreasing order.".
enum Sorting {
  static func problem(
    entropy: Double, _ draws: inout RandomDraws
  ) -> (question: String, answer: String) {
    let onlyIntegers = draws.coin()
    let count = draws.integer(3...3 + Int(entropy / 2))
    let values = distinct(count, entropy: entropy, onlyIntegers: onlyIntegers, &draws)
    let isAscending = draws.coin()
    let direction = draws.choice(
      isAscending ? ["ascending", "increasing"] : ["descending", "decreasing"])
    let list = values.map(\.text).joined(separator: ", ")
    var wordings = ["Sort \(list) in \(direction) order.", "Put \(list) in \(direction) order."]
    if isAscending { wordings.append("Sort \(list).") }
    let sorted = values.sorted {
      isAscending ? ExactNumber.isLess($0, $1) : ExactNumber.isLess($1, $0)
    }
    return (draws.choice(wordings), sorted.map(\.text).joined(separator: ", "))
  }

  /// Numbers of different value.
  private static func distinct(
    _ count: Int, entropy: Double, onlyIntegers: Bool, _ draws: inout RandomDraws
  ) -> [ExactNumber] {
    while true {
      let values = draws.parts(count).map { part in
        let own = max(1, entropy * part)
        return onlyIntegers
          ? ExactNumber(draws.integer(entropy: own, isSigned: true)) : draws.anyNumber(entropy: own)
      }
      let isDistinct = values.indices.allSatisfy { place in
        !values[..<place].contains { ExactNumber.isEqual($0, values[place]) }
      }
      if isDistinct { return values }
    }
  }
}
