/// Something below `OUT` that no result needs.
public struct Garbage: Sendable, Equatable {
  /// What it is.
  public enum Kind: Sendable, Equatable {
    /// The folder of a run that no manifest asks for any more; listed only on demand.
    case supersededRun
    /// What a complete run would have gone on from.
    case checkpoint
    /// A file that was being written when its process was killed.
    case temporary
    /// A pre-trained network that no current configuration starts from.
    case cacheEntry
    /// The lock file of a process that is gone.
    case lock
    /// What the jobs of a batch system that have ended were started with and have written.
    case jobFiles(executor: String)

    /// The word for tables and programs.
    public var word: String {
      switch self {
      case .supersededRun: "superseded-run"
      case .checkpoint: "checkpoint"
      case .temporary: "temporary"
      case .cacheEntry: "cache-entry"
      case .lock: "lock"
      case .jobFiles(let executor): "\(executor)-files"
      }
    }
  }

  /// What it is.
  public let kind: Kind
  /// Where it is.
  public let path: String
  /// How much it occupies.
  public let bytes: Int
  /// More about it, for people.
  public let remark: String
}
