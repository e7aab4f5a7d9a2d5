import ExperimentKit
import Store

/// Why a run is, or is not, going to be computed.
public enum PlanReason: Sendable, Equatable {
  /// Never started.
  case new
  /// Goes on from a step.
  case resume(step: Int)
  /// All results are there.
  case done
  /// Its numbers ceased to be finite.
  case diverged
  /// Ended by an error or a crash.
  case failed
  /// No manifest asks for it any more: kept, and left out of the tables.
  case superseded

  /// The word for tables.
  public var word: String {
    switch self {
    case .new: "new"
    case .resume(let step): "resume at step \(step)"
    case .done: "done"
    case .diverged: "diverged"
    case .failed: "failed"
    case .superseded: "superseded"
    }
  }

  /// The word for programs, without the step.
  public var key: String {
    if case .resume = self { "resume" } else { word }
  }
}

/// One run of a plan.
public struct PlannedRun: Sendable, Equatable {
  /// The run.
  public let name: RunName
  /// What it computes; nil for superseded runs.
  public let assignment: Assignment?
  /// Why it is, or is not, going to be computed.
  public let reason: PlanReason
  /// More about the reason: what stopped the run, who computes it now.
  public internal(set) var remark: String?
  /// Whether `modlab run` computes it.
  public let isExecuted: Bool
  /// Whether it starts anew although there is a checkpoint.
  public internal(set) var startsAnew: Bool
  /// Attempts so far.
  public let attempts: Int
  /// Parts done of every step, by its name.
  public var stepsDone: [String: Int] = [:]
  /// Estimate of the seconds it still takes; nil when it is not computed or nothing is known.
  public let estimate: TimeEstimate?

  /// Names the run among all experiments.
  public var description: String { name.description }
}

/// A guess how long something takes.
public struct TimeEstimate: Sendable, Equatable {
  /// What a guess rests on.
  public enum Basis: String, Sendable {
    /// Steps of the same configuration.
    case sameConfiguration = "same configuration"
    /// Steps of other configurations, by their floating-point operations.
    case otherConfigurations = "other configurations"
    /// Floating-point operations, and the speed of work of other kinds or of this processor, which
    /// is rough.
    case operations = "operations"
  }

  /// Seconds.
  public var seconds: Double
  /// What the guess rests on.
  public var basis: Basis

  /// Creates an estimate.
  public init(seconds: Double, basis: Basis) {
    self.seconds = seconds
    self.basis = basis
  }

  /// Seconds that runs take when several are computed at the same time; nil when one is unknown.
  static func secondsTogether(_ runs: [Double?], workers: Int) -> Double? {
    let seconds = runs.compactMap(\.self)
    guard seconds.count == runs.count else { return nil }
    let inParallel = Double(max(1, min(workers, seconds.count)))
    return max(seconds.reduce(0, +) / inParallel, seconds.max() ?? 0)
  }
}
