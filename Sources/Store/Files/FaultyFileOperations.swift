import Glibc
import Synchronization

/// Real system calls of which the n-th one fails, for tests of durability.
///
/// Described by a text `<point>[@<part>]:<n>[:kill|enospc|eio|torn|trap]`: at the n-th call (from 1)
/// of the named operation the process is killed (`kill`, the default), half of the bytes are written
/// and then the process is killed (`torn`), a check fails as in a faulty program (`trap`), or the
/// call fails. Points are `create`, `append`, `write`, `sync`, `close`, `link`, `rename`,
/// `sync-folder`, `remove`, and `any` for all of them; with `@<part>` only calls count whose path
/// contains that text. Builds for debugging take the description from the environment variable
/// `MODLAB_FAULT`, and append a line to the file that `MODLAB_FAULT_REPORT` names when it happens.
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
    /// A check of the program fails.
    case trap
    /// The call fails with this error.
    case fail(SystemError)
  }

  private struct State {
    var trace: [Point] = []
    /// Number of calls that the description is about.
    var matching = 0
    /// Paths of the open files, for calls that know a descriptor only.
    var paths: [Int32: String] = [:]
  }

  private let real = SystemFileOperations()
  private let point: Point?
  private let part: String?
  private let number: Int
  private let action: Action
  private let report: String?
  private let state = Mutex(State())

  /// Chooses the call to fail.
  ///
  /// - Parameters:
  ///   - point: The operation, nil for any.
  ///   - part: Only calls count whose path contains this text, nil for all.
  ///   - number: Which of its calls, from 1; 0 for none.
  ///   - action: What happens then.
  ///   - report: A file that gets a line when it happens.
  public init(
    _ point: Point?, part: String? = nil, number: Int, action: Action, report: String? = nil
  ) {
    self.point = point
    self.part = part
    self.number = number
    self.action = action
    self.report = report
  }

  /// Reads `<point>[@<part>]:<n>[:<action>]`, nil when it has another form.
  public convenience init?(description: String, report: String? = nil) {
    let parts = description.split(separator: ":").map(String.init)
    guard parts.count == 2 || parts.count == 3, let number = Int(parts[1]) else { return nil }
    let place = parts[0].split(separator: "@", maxSplits: 1).map(String.init)
    guard let name = place.first else { return nil }
    let point = Point(rawValue: name)
    guard point != nil || name == "any" else { return nil }
    let action: Action
    switch parts.count == 3 ? parts[2] : "kill" {
    case "kill": action = .kill
    case "torn": action = .torn
    case "trap": action = .trap
    case "enospc": action = .fail(SystemError(ENOSPC))
    case "eio": action = .fail(SystemError(EIO))
    default: return nil
    }
    self.init(
      point, part: place.count == 2 ? place[1] : nil, number: number, action: action,
      report: report)
  }

  /// The calls so far, in order.
  public var trace: [Point] { state.withLock { $0.trace } }

  /// Whether the chosen call has happened.
  public var didFire: Bool { number > 0 && state.withLock { $0.matching } >= number }

  private func reach(_ current: Point, descriptor: Int32) throws(SystemError) {
    try reach(current, state.withLock { $0.paths[descriptor] } ?? "")
  }

  private func reach(_ current: Point, _ path: String) throws(SystemError) {
    let isChosen = state.withLock { state in
      state.trace.append(current)
      guard point == nil || point == current, part.map(path.contains) ?? true else { return false }
      state.matching += 1
      return state.matching == number
    }
    guard isChosen else { return }
    note("\(getpid()) \(current.rawValue) \(path)\n")
    switch action {
    case .kill: kill(getpid(), SIGKILL)
    case .torn: if current != .write { kill(getpid(), SIGKILL) } else { throw SystemError(0) }
    case .trap: fatalError("injected fault at \(current.rawValue) of '\(path)'")
    case .fail(let error): throw error
    }
  }

  private func note(_ line: String) {
    guard let report else { return }
    let descriptor = open(report, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { return }
    let bytes = Array(line.utf8)
    _ = Glibc.write(descriptor, bytes, bytes.count)
    _ = Glibc.close(descriptor)
  }

  private func opened(_ descriptor: Int32, _ path: String) -> Int32 {
    state.withLock { $0.paths[descriptor] = path }
    return descriptor
  }

  // MARK: - Operations

  /// Creates a file that must not exist yet.
  public func create(_ path: String) throws(SystemError) -> Int32 {
    try reach(.create, path)
    return opened(try real.create(path), path)
  }

  /// Opens a file to add to its end.
  public func openForAppending(_ path: String) throws(SystemError) -> Int32 {
    try reach(.append, path)
    return opened(try real.openForAppending(path), path)
  }

  /// Writes some bytes.
  public func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
  ) throws(SystemError) -> Int {
    do {
      try reach(.write, descriptor: descriptor)
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
    try reach(.sync, descriptor: descriptor)
    try real.synchronize(descriptor)
  }

  /// Closes a file.
  public func close(_ descriptor: Int32) throws(SystemError) {
    // The descriptor must not leak even when the call is to fail.
    defer { try? real.close(descriptor) }
    try reach(.close, descriptor: descriptor)
  }

  /// Gives a file a second name.
  public func link(_ path: String, to newPath: String) throws(SystemError) {
    try reach(.link, newPath)
    try real.link(path, to: newPath)
  }

  /// Moves a file to a name.
  public func rename(_ path: String, to newPath: String) throws(SystemError) {
    try reach(.rename, newPath)
    try real.rename(path, to: newPath)
  }

  /// Waits until the names in a folder are on the disk.
  public func synchronizeFolder(_ path: String) throws(SystemError) {
    try reach(.syncFolder, path)
    try real.synchronizeFolder(path)
  }

  /// Removes a name.
  public func remove(_ path: String) throws(SystemError) {
    try reach(.remove, path)
    try real.remove(path)
  }
}
