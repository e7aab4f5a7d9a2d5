import Store

/// A part of all runs, for machines that share the work without talking to each other: `--shard 2/4`.
///
/// A run belongs to the shard that its name hashes to. That depends on nothing but the run and the
/// number of shards: further seeds, variants or manifests move no run from one shard to another.
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

  /// Whether a run belongs to the shard.
  public func contains(_ run: RunName) -> Bool {
    // 60 bits: a remainder of them favours no shard by anything that could be seen.
    let digits = SHA256.digest(of: run.description).prefix(15)
    guard let value = Int(digits, radix: 16) else {
      preconditionFailure("a digest is a hexadecimal number")
    }
    return value % count == number - 1
  }
}
