import Foundation

/// Lets steps of several phases be taken at the same time, and a checkpoint be written while no
/// phase is within a step.
///
/// A lock of POSIX, unlike Swift's `Mutex`, can be waited on and is known to the thread sanitizer.
final class StepGate {
  private let condition = NSCondition()
  /// Phases within a step.
  private var stepping = 0
  /// Threads that want to be alone; no step begins before they were.
  private var waiting = 0

  /// Takes a step, at the same time as other phases do.
  func step<Result>(_ body: () throws -> Result) rethrows -> Result {
    condition.lock()
    while waiting > 0 { condition.wait() }
    stepping += 1
    condition.unlock()
    defer {
      condition.lock()
      stepping -= 1
      condition.broadcast()
      condition.unlock()
    }
    return try body()
  }

  /// Does something once all steps that have begun are complete, and before any other begins.
  ///
  /// - Precondition: not within ``step(_:)`` or another `alone` of this thread.
  func alone<Result>(_ body: () throws -> Result) rethrows -> Result {
    condition.lock()
    waiting += 1
    defer {
      waiting -= 1
      condition.broadcast()
      condition.unlock()
    }
    while stepping > 0 { condition.wait() }
    return try body()
  }
}
