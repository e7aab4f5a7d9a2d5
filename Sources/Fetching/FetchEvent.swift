import Datasets

/// What happens while data sets are fetched.
public enum FetchEvent: Sendable, Equatable {
  /// A transfer begins; `received` bytes are there from an earlier one.
  case started(name: String, origin: String, received: Int, total: Int?)
  /// Bytes have come, or time has passed.
  case progress(name: String, received: Int, total: Int?)
  /// What was received is of no use.
  case restarted(name: String, why: String)
  /// The bytes of a file are compared with the published checksum.
  case checking(name: String)
  /// Files are taken out of the archive at a path; told again and again.
  case unpacking(archive: String)
  /// A file of a data set has its place in the data folder.
  case stored(FetchedFile)
}

/// A file of a data set that is in the data folder now.
public struct FetchedFile: Sendable, Equatable {
  /// How it came there.
  public enum Origin: String, Sendable {
    /// It was there before.
    case kept
    /// From a server.
    case downloaded
    /// From another folder.
    case copied
    /// Out of an archive.
    case unpacked
  }

  /// The name of its data set.
  public let set: String
  /// The file, where it is, and what is known of its content.
  public let file: DataFolder.CheckedFile
  /// How it came there.
  public let origin: Origin
}
