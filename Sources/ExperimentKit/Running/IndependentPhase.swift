/// A training loop that shares nothing that changes with the other phases of its group, so that
/// they may be computed in any order, or at the same time, with the same result.
///
/// Phases may read what none of them changes, such as a frozen network and the data. Of the
/// context, bodies may use ``RunContext/random(_:)``, ``RunContext/record(_:_:_:_:)``,
/// ``RunContext/records(of:)``, ``RunContext/note(_:_:)``, ``RunContext/log(_:)`` and
/// ``RunContext/warn(_:)``; each phase records rows and notes of its own and reads only those.
public struct IndependentPhase {
  /// What exists of a phase while it is computed.
  struct Work {
    let state: any Resumable
    let body: (Int) throws -> StepReport
    /// Takes the result out of the state.
    let finished: () throws -> Void
  }

  /// The phase's name.
  public let name: String
  /// Number of steps.
  public let steps: Int
  let begin: () throws -> Work

  /// A phase whose state lives longer than the phase; see
  /// ``RunContext/loop(phase:steps:state:body:)``.
  public init(
    _ name: String, steps: Int, state: any Resumable, body: @escaping (Int) throws -> StepReport
  ) {
    self.name = name
    self.steps = steps
    begin = { Work(state: state, body: body, finished: {}) }
  }

  /// A phase whose state is made when its turn comes and dropped at its end: at any time there are
  /// as many states as threads.
  ///
  /// - Parameters:
  ///   - name: The phase's name.
  ///   - steps: Number of steps.
  ///   - makeState: Makes the initial state.
  ///   - body: Takes a step.
  ///   - finished: Given the state that has its result, computed or restored. Phases call it one at
  ///     a time, in any order, while no phase is within a step, so it may change what they share;
  ///     it should be short.
  public init<State: Resumable>(
    _ name: String, steps: Int, makeState: @escaping () throws -> State,
    body: @escaping (State, Int) throws -> StepReport,
    finished: @escaping (State) throws -> Void
  ) {
    self.name = name
    self.steps = steps
    begin = {
      let state = try makeState()
      return Work(state: state, body: { try body(state, $0) }, finished: { try finished(state) })
    }
  }
}
