import Store

/// A part of all runs, for machines that share the work without talking to each other: `--shard 2/4`.
///
/// Runs are dealt out in turn: first those of the least seed, configuration by configuration, then
/// those of the next. So the parts differ by one run at most, and further seeds move no run from one
/// part to another. All machines must be given the same manifests and settings.
public struct Shard: Sendable, Equatable, CustomStringConvertible {
  /// Number of this shard, from 1.
  public let number: Int
  /// Number of all shards.
  public let count: Int

  /// Creates a shard.
  ///
  /// - Precondition: `1 <= number <= count`.
  public init(number: Int, count: Int) {
    precondition(number >= 1 && number <= count, "shard \(number) of \(count)")
    self.number = number
    self.count = count
  }

  /// Reads `2/4`.
  ///
  /// - Throws: ``Failure`` (usage).
  public init(parsing text: String) throws {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let number = parts[0], let count = parts[1],
      (1...Self.mostShards).contains(count), (1...count).contains(number)
    else {
      throw Failure(
        .usage, "\(Failure.quote(text)) is not a value of --shard",
        why: "the number of a shard and of all shards are needed, counted from 1",
        help: "with four machines: 1/4, 2/4, 3/4 and 4/4")
    }
    self.init(number: number, count: count)
  }

  private static let mostShards = 1_000_000

  /// `2/4`
  public var description: String { "\(number)/\(count)" }

  /// The runs of the shard among all runs, given in the order of the plan.
  public func part(of runs: [RunName]) -> Set<RunName> {
    let dealt = runs.enumerated().sorted { a, b in
      (a.element.seed, a.offset) < (b.element.seed, b.offset)
    }
    return Set(
      dealt.enumerated().filter { $0.offset % count == number - 1 }.map(\.element.element))
  }
}
