/// Something below `OUT` that no result needs.
public struct Garbage: Sendable, Equatable {
  /// What it is.
  public enum Kind: String, Sendable, CaseIterable {
    /// The folder of a run that no manifest asks for any more; listed only on demand.
    case supersededRun = "superseded-run"
    /// What a complete run would have gone on from.
    case checkpoint
    /// A file that was being written when its process was killed.
    case temporary
    /// A pre-trained network that no current configuration starts from.
    case cacheEntry = "cache-entry"
    /// The lock file of a process that is gone.
    case lock
    /// Lists and outputs of an array that has ended.
    case slurmFiles = "slurm-files"
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
