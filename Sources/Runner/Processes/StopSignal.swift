import Foundation
import Store
import Synchronization

/// The wish of the user or the system that the process ends: SIGINT or SIGTERM.
///
/// The handlers only store the number of the signal and write a byte into a pipe, which is all
/// that a signal handler may do; ``wakeDescriptor`` lets a loop in `poll` notice at once.
public enum StopSignal {
  private static let received = Atomic<Int32>(0)
  private static let count = Atomic<Int>(0)
  private static let writeEnd = Atomic<Int32>(-1)
  private static let readEnd = Atomic<Int32>(-1)

  /// Catches SIGINT and SIGTERM from now on, and ignores SIGPIPE so that a write to a dead process
  /// is an error instead of the end.
  public static func install() {
    guard readEnd.load(ordering: .relaxed) < 0 else { return }
    var ends: [Int32] = [-1, -1]
    if pipe(&ends) == 0 {
      for end in ends {
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
      }
      readEnd.store(ends[0], ordering: .relaxed)
      writeEnd.store(ends[1], ordering: .relaxed)
    }
    // Touched once here, so that the handler finds the statics initialised.
    received.store(0, ordering: .relaxed)
    count.store(0, ordering: .relaxed)
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGINT, SIGTERM] {
      signal(number) { StopSignal.note($0) }
    }
    // Whoever started this process may have blocked them, and that is inherited.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// The first signal received, nil when there was none.
  public static var current: Int32? {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// The status to leave with after a signal; nil when there was none.
  public static var exitCode: ExitCode? {
    current.map { $0 == SIGINT ? .interrupted : .terminated }
  }

  /// Waits, but no longer than until a signal arrives; ``install()`` comes first.
  public static func wait(seconds: Double) {
    var descriptor = pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0)
    let milliseconds = Int32(min(seconds * 1000, Double(Int32.max)))
    _ = poll(&descriptor, wakeDescriptor >= 0 ? 1 : 0, milliseconds)
  }

  /// How many signals were received.
  static var timesReceived: Int { count.load(ordering: .relaxed) }

  /// A descriptor that becomes readable when a signal arrives, -1 before ``install()``.
  static var wakeDescriptor: Int32 { readEnd.load(ordering: .relaxed) }

  /// Empties the pipe behind ``wakeDescriptor``.
  static func drain() {
    var bytes = [UInt8](repeating: 0, count: 64)
    while read(wakeDescriptor, &bytes, bytes.count) > 0 {}
  }

  /// Makes the process look as if a signal had arrived, for a worker whose parent died.
  static func note(_ number: Int32) {
    let saved = errno
    _ = received.compareExchange(
      expected: 0, desired: number, ordering: .relaxed)
    count.add(1, ordering: .relaxed)
    var byte: UInt8 = 1
    _ = write(writeEnd.load(ordering: .relaxed), &byte, 1)
    errno = saved
  }
}
