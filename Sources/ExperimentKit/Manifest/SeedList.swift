import Store

/// The seeds of a run: `10` for 0 to 9, `0..9` for a range with both ends, `0,4,7` for a list, `42,`
/// for one seed.
public enum SeedList {
  /// The largest seed.
  public static let maximumSeed = 1_000_000
  /// The largest number of seeds.
  public static let maximumCount = 10_000

  /// Reads seeds from a command line: `10`, `0..9`, `0,4,7`, `[0, 4, 7]` or `42,`.
  ///
  /// - Throws: ``Failure`` (usage).
  public static func parse(_ text: String) throws -> [Int] {
    let inner =
      text.hasPrefix("[") && text.hasSuffix("]") && text.count > 1
      ? text.dropFirst().dropLast() : nil
    guard let seeds = inner.map({ list(String($0)) }) ?? read(text) else {
      throw failure(Failure.quote(text), text, .usage, nil)
    }
    return try checked(seeds, .usage, nil)
  }

  /// Reads seeds from a manifest: as on the command line, or a list of YAML.
  static func parse(_ node: YAMLNode) throws -> [Int] {
    switch node.value {
    case .scalar(let text, _):
      guard let seeds = read(text) else {
        throw failure(node.kindDescription, text, .manifestInvalid, node.location)
      }
      return try checked(seeds, .manifestInvalid, node.location)
    case .sequence(let elements):
      return try checked(
        elements.map { try $0.integer() }, .manifestInvalid, node.location)
    case .mapping:
      throw failure(node.kindDescription, "", .manifestInvalid, node.location)
    }
  }

  /// Writes seeds in the shortest form that ``parse(_:)`` reads back: `0..9`, `0,4,7`, `42,`.
  ///
  /// - Parameter seeds: in ascending order, none twice, as ``parse(_:)`` gives them.
  public static func description(of seeds: [Int]) -> String {
    guard let first = seeds.first, let last = seeds.last else { return "" }
    if seeds.count == 1 { return "\(first)," }
    if last - first == seeds.count - 1 { return "\(first)..\(last)" }
    return seeds.map(String.init).joined(separator: ",")
  }

  /// Whether a text of the command line is a number of seeds, which some mean for one seed.
  public static func isCount(_ text: String) -> Bool { wholeNumber(text) != nil }

  // MARK: - Reading

  private static func read(_ text: String) -> [Int]? {
    if text.contains(",") {
      // The comma at the end makes a list of a single number; elsewhere a number is missing there.
      let isOne = text.hasSuffix(",") && !text.dropLast().contains(",")
      return list(isOne ? String(text.dropLast()) : text)
    }
    if let count = wholeNumber(text) {
      // No more are listed than are needed to see that there are too many.
      return Array(0..<min(count, maximumCount + 1))
    }
    let ends = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard ends.count == 3, ends[1].isEmpty, let first = wholeNumber(ends[0]),
      let last = wholeNumber(ends[2]), first <= last
    else { return nil }
    // A seed that is too large is refused; those before it need not be listed.
    return last <= maximumSeed ? Array(first...last) : [last]
  }

  /// The numbers between commas, with spaces around them or not.
  private static func list(_ text: String) -> [Int]? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { wholeNumber(trimmed($0)) }
    return numbers.count == parts.count ? numbers : nil
  }

  private static func trimmed(_ text: Substring) -> String {
    let start = text.drop { $0 == " " }
    return String(
      start[..<(start.lastIndex { $0 != " " }.map(start.index(after:)) ?? start.startIndex)])
  }

  /// A number of digits alone, without needless zeros. One that is too large for `Int` becomes the
  /// largest, which is refused.
  private static func wholeNumber(_ text: String) -> Int? {
    let isPlain = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard isPlain, !text.isEmpty, DecimalNumber.withoutLeadingZeros(text) == nil else { return nil }
    return Int(text) ?? .max
  }

  // MARK: - Failures

  private static let forms =
    "write a number of seeds (10), a range (0..9), a list (0,4,7) or one seed (42,)"

  private static func checked(
    _ seeds: [Int], _ exitCode: ExitCode, _ location: SourceLocation?
  ) throws -> [Int] {
    func refuse(_ what: String, help: String = forms) -> Failure {
      Failure(exitCode, what, location: location, help: help)
    }
    if seeds.isEmpty { throw refuse("there are no seeds") }
    if seeds.count > maximumCount { throw refuse("there are more than \(maximumCount) seeds") }
    if let seed = seeds.first(where: { !(0...maximumSeed).contains($0) }) {
      let named = seed == .max ? "a seed" : "the seed \(seed)"
      throw refuse(
        "\(named) is not between 0 and \(maximumSeed)", help: "choose others")
    }
    if let seed = DistinctRule.firstRepeated(in: seeds) {
      throw refuse("the seed \(seed) is listed twice", help: "leave one of them out")
    }
    return seeds.sorted()
  }

  private static func failure(
    _ found: String, _ text: String, _ exitCode: ExitCode, _ location: SourceLocation?
  ) -> Failure {
    Failure(
      exitCode, "seeds cannot be \(found)", location: location,
      help: meant(by: text).map { "did you mean \($0)?\n\(forms)" } ?? forms)
  }

  /// The seeds that were probably meant: `0..3` for `0-3`, `0:3`, `0...3`, `0 .. 3` and `3..0`, `10`
  /// for `010`.
  private static func meant(by text: String) -> String? {
    let numbers = text.split { !$0.isASCII || !$0.isWholeNumber }.map {
      DecimalNumber.withoutLeadingZeros(String($0)) ?? String($0)
    }
    let between = text.filter { !$0.isWholeNumber && $0 != " " }
    if numbers.count == 1, between.isEmpty { return numbers[0] }
    guard numbers.count == 2, ["-", ":", "..", "...", "…", "–", "to"].contains(between),
      text.first?.isWholeNumber == true, text.last?.isWholeNumber == true
    else { return nil }
    let ends = numbers.compactMap { Int($0) }.filter { $0 <= maximumSeed }.sorted()
    return ends.count == 2 ? "\(ends[0])..\(ends[1])" : nil
  }
}
