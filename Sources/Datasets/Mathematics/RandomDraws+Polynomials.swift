import Glibc

// Polynomials and sums by entropy, as the Mathematics Dataset draws them.

extension RandomDraws {
  /// Different letters; `e` is none, since it could be taken for Euler's number.
  mutating func letters(_ count: Int) -> [String] {
    var alphabet = "abcdfghijklmnopqrstuvwxyz".map(String.init)
    return (0..<count).map { _ in alphabet.remove(at: integer(0...alphabet.count - 1)) }
  }

  /// Powers of several letters and their coefficients, none of which is 0; of every letter whose
  /// degree is not 0 the highest power occurs.
  ///
  /// - Parameters:
  ///   - degrees: The highest power of each letter.
  ///   - entropy: Of all coefficients together.
  mutating func terms(degrees: [Int], entropy: Double) -> [(powers: [Int], coefficient: Int)] {
    var chosen: [[Int]] = []
    for (place, degree) in degrees.enumerated() where degree > 0 {
      var powers = degrees.map { integer(0...$0) }
      powers[place] = degree
      if !chosen.contains(powers) { chosen.append(powers) }
    }
    let possible = degrees.reduce(1) { $0 * ($1 + 1) }
    let fewest = max(1, chosen.count)
    let count = integer(fewest...max(fewest, min(fewest + Int(entropy / 2), possible)))
    while chosen.count < count {
      let powers = degrees.map { integer(0...$0) }
      if !chosen.contains(powers) { chosen.append(powers) }
    }
    return zip(chosen, parts(count)).map { powers, part in
      (powers, integer(entropy: entropy * part, isSigned: true, minimumMagnitude: 1))
    }
  }

  /// Writes each of several numbers as a sum of whole numbers, `length` of them in all.
  ///
  /// A number that is not 0 has at least one summand; 0 has none or at least two.
  ///
  /// - Precondition: `length` is above the number of values that are not 0.
  mutating func summands(of values: [Int], length: Int, entropy: Double) -> [[Int]] {
    let counts = summandCounts(of: values, length: length)
    // What a number may be split into has as many free choices as there are summands beyond one.
    let free = counts.map { max(0, $0 - 1) }
    var shares = parts(max(1, free.reduce(0, +)))[...]
    return zip(values, zip(counts, free)).map { value, counted in
      let (count, free) = counted
      let share = shares.prefix(free).reduce(0, +)
      shares = shares.dropFirst(free)
      return summands(of: value, count: count, entropy: entropy * share)
    }
  }

  private mutating func summandCounts(of values: [Int], length: Int) -> [Int] {
    var counts = values.map { $0 == 0 ? 0 : 1 }
    let extra = length - counts.reduce(0, +)
    precondition(extra > 0, "length \(length)")
    // Uniform over all ways to distribute: bars between stars.
    var places = Array(0..<extra + values.count - 1)
    var bars = (1..<values.count).map { _ in places.remove(at: integer(0...places.count - 1)) }
    bars = [-1] + bars.sorted() + [extra + values.count - 1]
    for place in values.indices { counts[place] += bars[place + 1] - bars[place] - 1 }
    // A single summand of 0 would be 0 itself.
    while true {
      let lone = values.indices.filter { values[$0] == 0 && counts[$0] == 1 }
      if lone.isEmpty { return counts }
      let taken = choice(lone)
      let given = choice(values.indices.filter { counts[$0] >= 1 && $0 != taken })
      counts[taken] -= 1
      counts[given] += 1
    }
  }

  private mutating func summands(of value: Int, count: Int, entropy: Double) -> [Int] {
    guard count > 1 else { return count == 1 ? [value] : [] }
    let mean = (Double(value) / Double(count)).rounded(.up)
    let least = max(1, log10(5 * abs(mean) + 1))
    let total = entropy * Double(count) / Double(count - 1)
    var summands = parts(count).map { part in
      integer(entropy: max(least, total * part), isSigned: true)
    }
    let missing = value - summands.reduce(0, +)
    for place in 0..<count {
      // Divided with the remainder of floor, so that the parts add up to what is missing.
      let (quotient, rest) = (missing + place).quotientAndRemainder(dividingBy: count)
      summands[place] += rest < 0 ? quotient - 1 : quotient
    }
    return shuffled(summands)
  }

  /// A list in random order.
  mutating func shuffled<Element>(_ list: [Element]) -> [Element] {
    var list = list
    for place in list.indices.dropFirst() { list.swapAt(place, integer(0...place)) }
    return list
  }
}
