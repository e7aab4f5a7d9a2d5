import Glibc
import Synchronization

/// Real system calls of which the n-th one fails, for tests of durability.
///
/// Described by a text `<point>:<n>[:kill|enospc|eio|torn]`: at the n-th call (from 1) of the named
/// operation the process is killed (`kill`, the default), half of the bytes are written and then
/// the process is killed (`torn`), or the call fails. Points are `create`, `append`, `write`,
/// `sync`, `close`, `link`, `rename`, `sync-folder`, `remove`, and `any` for all of them. Builds
/// for debugging take the text from the environment variable `MODLAB_FAULT`.
public final class FaultyFileOperations: FileOperations {
  /// The operations that can fail.
  public enum Point: String, Sendable, CaseIterable {
    case create, append, write, sync, close, link, rename, remove
    case syncFolder = "sync-folder"
  }

  /// What happens at the chosen call.
  public enum Action: Sendable, Equatable {
    /// The process ends at once, as with `kill -9`.
    case kill
    /// Half of the bytes are written, then the process ends.
    case torn
    /// The call fails with this error.
    case fail(SystemError)
  }

  private let real = SystemFileOperations()
  private let point: Point?
  private let number: Int
  private let action: Action
  private let calls = Mutex<[Point]>([])

  /// Chooses the call to fail.
  ///
  /// - Parameters:
  ///   - point: The operation, nil for any.
  ///   - number: Which of its calls, from 1; 0 for none.
  ///   - action: What happens then.
  public init(_ point: Point?, number: Int, action: Action) {
    self.point = point
    self.number = number
    self.action = action
  }

  /// Reads `<point>:<n>[:<action>]`, nil when it has another form.
  public convenience init?(description: String) {
    let parts = description.split(separator: ":").map(String.init)
    guard parts.count == 2 || parts.count == 3, let number = Int(parts[1]) else { return nil }
    let point = Point(rawValue: parts[0])
    guard point != nil || parts[0] == "any" else { return nil }
    let action: Action
    switch parts.count == 3 ? parts[2] : "kill" {
    case "kill": action = .kill
    case "torn": action = .torn
    case "enospc": action = .fail(SystemError(ENOSPC))
    case "eio": action = .fail(SystemError(EIO))
    default: return nil
    }
    self.init(point, number: number, action: action)
  }

  /// The calls so far, in order.
  public var trace: [Point] { calls.withLock { $0 } }

  /// Whether the chosen call has happened.
  public var didFire: Bool { matchingCalls(trace) >= number && number > 0 }

  private func matchingCalls(_ trace: [Point]) -> Int {
    point == nil ? trace.count : trace.count { $0 == point }
  }

  private func reach(_ current: Point) throws(SystemError) {
    let isChosen = calls.withLock { calls in
      calls.append(current)
      return (point == nil || point == current) && matchingCalls(calls) == number
    }
    guard isChosen else { return }
    switch action {
    case .kill: kill(getpid(), SIGKILL)
    case .torn: if current != .write { kill(getpid(), SIGKILL) } else { throw SystemError(0) }
    case .fail(let error): throw error
    }
  }

  // MARK: - Operations

  /// Creates a file that must not exist yet.
  public func create(_ path: String) throws(SystemError) -> Int32 {
    try reach(.create)
    return try real.create(path)
  }

  /// Opens a file to add to its end.
  public func openForAppending(_ path: String) throws(SystemError) -> Int32 {
    try reach(.append)
    return try real.openForAppending(path)
  }

  /// Writes some bytes.
  public func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
  ) throws(SystemError) -> Int {
    do {
      try reach(.write)
    } catch {
      if action == .torn {
        let half = UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count / 2))
        _ = try real.write(half, to: descriptor)
        kill(getpid(), SIGKILL)
      }
      throw error
    }
    return try real.write(bytes, to: descriptor)
  }

  /// Waits until the content is on the disk.
  public func synchronize(_ descriptor: Int32) throws(SystemError) {
    try reach(.sync)
    try real.synchronize(descriptor)
  }

  /// Closes a file.
  public func close(_ descriptor: Int32) throws(SystemError) {
    // The descriptor must not leak even when the call is to fail.
    defer { try? real.close(descriptor) }
    try reach(.close)
  }

  /// Gives a file a second name.
  public func link(_ path: String, to newPath: String) throws(SystemError) {
    try reach(.link)
    try real.link(path, to: newPath)
  }

  /// Moves a file to a name.
  public func rename(_ path: String, to newPath: String) throws(SystemError) {
    try reach(.rename)
    try real.rename(path, to: newPath)
  }

  /// Waits until the names in a folder are on the disk.
  public func synchronizeFolder(_ path: String) throws(SystemError) {
    try reach(.syncFolder)
    try real.synchronizeFolder(path)
  }

  /// Removes a name.
  public func remove(_ path: String) throws(SystemError) {
    try reach(.remove)
    try real.remove(path)
  }
}
