/// A training loop that shares no state with the other phases of its group, so that they may be
/// computed in any order, or at the same time, with the same result.
public struct IndependentPhase {
  /// The phase's name.
  public let name: String
  /// Number of steps.
  public let steps: Int
  /// The loop's state.
  public let state: any Resumable
  /// Takes one step.
  public let body: (Int) throws -> StepReport

  /// A phase; see ``RunContext/loop(phase:steps:state:body:)``.
  public init(
    _ name: String, steps: Int, state: any Resumable, body: @escaping (Int) throws -> StepReport
  ) {
    self.name = name
    self.steps = steps
    self.state = state
    self.body = body
  }
}

extension RunContext {
  /// Runs phases that do not depend on each other, each as
  /// ``loop(phase:steps:state:body:)`` would.
  public func loops(_ phases: [IndependentPhase]) throws {
    for phase in phases {
      try loop(phase: phase.name, steps: phase.steps, state: phase.state, body: phase.body)
    }
  }
}
