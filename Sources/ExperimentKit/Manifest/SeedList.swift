import Store

/// The seeds of a run: `10` for 0 to 9, `0..9` for a range with both ends, or a list.
public enum SeedList {
  /// The largest seed.
  public static let maximumSeed = 1_000_000
  /// The largest number of seeds.
  public static let maximumCount = 10_000

  /// Reads seeds from a command line: `10`, `0..9`, `3..3` or `0,4,7`.
  ///
  /// - Throws: ``Failure`` (usage).
  public static func parse(_ text: String) throws -> [Int] {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let seeds =
      parts.count == 1 ? countOrRange(text) : wholeNumbers(parts.map(String.init))
    guard let seeds else { throw failure(Failure.quote(text), .usage, nil) }
    return try checked(seeds, .usage, nil)
  }

  /// Reads seeds from a manifest.
  static func parse(_ node: YAMLNode) throws -> [Int] {
    switch node.value {
    case .scalar(let text, _):
      guard let seeds = countOrRange(text) else {
        throw failure(node.kindDescription, .manifestInvalid, node.location)
      }
      return try checked(seeds, .manifestInvalid, node.location)
    case .sequence(let elements):
      return try checked(
        elements.map { try $0.integer() }, .manifestInvalid, node.location)
    case .mapping:
      throw failure(node.kindDescription, .manifestInvalid, node.location)
    }
  }

  private static func countOrRange(_ text: String) -> [Int]? {
    if let count = wholeNumber(text), count <= maximumSeed { return Array(0..<count) }
    let ends = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard ends.count == 3, ends[1].isEmpty, let first = wholeNumber(ends[0]),
      let last = wholeNumber(ends[2]), first <= last, last <= maximumSeed
    else { return nil }
    return Array(first...last)
  }

  private static func wholeNumbers(_ texts: [String]) -> [Int]? {
    let numbers = texts.compactMap(wholeNumber)
    return numbers.count == texts.count ? numbers : nil
  }

  private static func wholeNumber(_ text: String) -> Int? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
  }

  private static func checked(
    _ seeds: [Int], _ exitCode: ExitCode, _ location: SourceLocation?
  ) throws -> [Int] {
    func refuse(_ what: String) -> Failure { Failure(exitCode, what, location: location) }
    if seeds.isEmpty { throw refuse("there are no seeds") }
    if seeds.count > maximumCount {
      throw refuse("\(seeds.count) seeds are more than \(maximumCount)")
    }
    if let seed = seeds.first(where: { !(0...maximumSeed).contains($0) }) {
      throw refuse("the seed \(seed) is not between 0 and \(maximumSeed)")
    }
    if Set(seeds).count < seeds.count { throw refuse("a seed is listed twice") }
    return seeds.sorted()
  }

  private static func failure(
    _ found: String, _ exitCode: ExitCode, _ location: SourceLocation?
  ) -> Failure {
    Failure(
      exitCode, "seeds cannot be \(found)", location: location,
      help: "write a number of seeds (10), a range (0..9) or a list ([0, 4, 7])")
  }
}
