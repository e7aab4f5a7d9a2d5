/// A run stopped because it was asked to; everything up to then is in its checkpoint.
public struct Cancelled: Error, Sendable, Equatable, CustomStringConvertible {
  /// Phase in which the run stopped, nil between phases.
  public let phase: String?
  /// Number of finished steps of that phase.
  public let step: Int

  /// Creates the error.
  public init(phase: String?, step: Int) {
    self.phase = phase
    self.step = step
  }

  /// One line.
  public var description: String {
    phase.map { "stopped in phase '\($0)' after \(step) steps" } ?? "stopped between phases"
  }
}
