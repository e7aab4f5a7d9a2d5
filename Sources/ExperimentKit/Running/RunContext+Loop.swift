import Store
import Tensors

extension RunContext {
  /// Runs `body(step)` for every step of a phase, or gives back its stored result.
  ///
  /// The body's step is complete when it returns; checkpoints are written between steps, every
  /// ``RunOptions/checkpointInterval`` seconds and when the run is asked to stop. After the last
  /// step the state is reduced to its result, so that what follows cannot depend on whether the
  /// phase was computed or restored.
  ///
  /// **Edge cases**: no steps at all: the result of the initial state.
  ///
  /// - Throws: ``Cancelled`` when asked to stop, ``Diverged`` when loss, gradient norm or result
  ///   are not finite, ``Failure`` when a checkpoint cannot be written or does not fit, and what the
  ///   body throws.
  /// - Precondition: every phase and evaluation of a run has another name, without `/`.
  public func loop(
    phase: String, steps: Int, state: any Resumable, body: (Int) throws -> StepReport
  ) throws {
    try visit(phase, steps: steps)
    if try restoreFinished(phase, steps: steps, state: state) { return }
    let loop = PhaseUnderWay(name: phase, steps: steps, state: state)
    try computeAlone(loop, body: body)
    try finish(loop, tensors: state.result(), origin: .computed)
  }

  // MARK: - Steps of a phase

  func visit(_ phase: String, steps: Int) throws {
    precondition(
      !phase.isEmpty && !phase.contains("/"), "'\(phase)' cannot be the name of a step")
    precondition(steps >= 0, "\(steps) steps in phase '\(phase)'")
    precondition(
      underWay.isEmpty && evaluation == nil, "the step '\(phase)' is inside another step")
    settleData()
    precondition(visited.insert(phase).inserted, "two steps are called '\(phase)'")
  }

  /// Takes the result of a phase from the checkpoint.
  ///
  /// - Returns: false when the phase is not finished.
  func restoreFinished(_ phase: String, steps: Int, state: any Resumable) throws -> Bool {
    guard let stored = checkpoint.finished[phase] else { return false }
    guard stored.steps == steps else { throw mismatch(phase, "\(stored.steps) steps", "\(steps)") }
    try state.restoreResult(stored.tensors)
    completedSteps += steps
    events(.phaseFinished(phase: phase, steps: steps, origin: .checkpoint))
    return true
  }

  /// Executes all steps of a phase, which is the only one under way, that are not yet in the
  /// checkpoint.
  func computeAlone(_ phase: PhaseUnderWay, body: (Int) throws -> StepReport) throws {
    defer { underWay = [] }
    try requireFit([phase.name])
    try compute(phase, isOvertaken: { false }, body: body)
  }

  /// Executes all steps that are not yet in the checkpoint, maybe beside other phases.
  ///
  /// - Parameter isOvertaken: Whether the phase is to stop because of another one's failure.
  func compute(
    _ phase: PhaseUnderWay, isOvertaken: () -> Bool, body: (Int) throws -> StepReport
  ) throws {
    try synchronized { try begin(phase) }
    while phase.step < phase.steps {
      if try synchronized({ try mustStop(phase) }) || isOvertaken() {
        try alone {
          if phase.step > phase.savedStep || unsavedEvaluations > 0, folder != nil {
            try save(for: phase)
          }
        }
        throw Cancelled(phase: phase.name, step: phase.step)
      }
      try takeStep {
        let report = try body(phase.step)
        try requireFinite(report, phase: phase.name, step: phase.step)
        synchronized {
          phase.step += 1
          sendProgress(phase, report: report)
        }
      }
      if isDueBeforeEnd(phase) {
        // Another phase may have saved all of them meanwhile.
        try alone { if isCheckpointDue(unsaved: phase.unsaved) { try save(for: phase) } }
      }
    }
    try synchronized { if let divergence = phase.divergence { throw divergence } }
  }

  /// Stores the result of a phase and reduces the state to it.
  ///
  /// - Parameter record: Called with the result in the state, before the checkpoint is written: what
  ///   it records must be in the last checkpoint whichever phase ends last.
  /// - Precondition: no phase is within a step.
  func finish(
    _ phase: PhaseUnderWay, tensors: [String: StoredTensor], origin: RunEvent.Origin,
    record: () throws -> Void = {}
  ) throws {
    try requireFinite(tensors, phase: phase.name, steps: phase.steps)
    try phase.state.restoreResult(tensors)
    underWay.removeAll { $0 === phase }
    checkpoint.finished[phase.name] = RunCheckpoint.FinishedPhase(
      steps: phase.steps, tensors: tensors)
    checkpoint.running[phase.name] = nil
    recordedInPhase = nil
    completedSteps += phase.steps
    try record()
    try save()
    events(.phaseFinished(phase: phase.name, steps: phase.steps, origin: origin))
  }

  // MARK: - Details

  /// - Throws: ``Failure`` when the checkpoint has phases under way that are not among those to
  ///   come.
  func requireFit(_ phases: [String]) throws {
    let others = checkpoint.running.keys.filter { !phases.contains($0) }
    if let other = others.min() {
      throw mismatch(phases[0], "the phase '\(other)'", "the phase '\(phases[0])'")
    }
  }

  private func begin(_ phase: PhaseUnderWay) throws {
    if let stored = checkpoint.running[phase.name] {
      guard stored.steps == phase.steps else {
        throw mismatch(phase.name, "\(stored.steps) steps", "\(phase.steps)")
      }
      try phase.state.restore(stored.tensors)
      if recordedInPhase != nil { recordedInPhase = stored.recorded }
      phase.step = stored.step
      phase.savedStep = stored.step
      checkpoint.running[phase.name] = nil
    }
    underWay.append(phase)
    events(.phaseStarted(phase: phase.name, steps: phase.steps, from: phase.step))
  }

  private func mustStop(_ phase: PhaseUnderWay) throws -> Bool {
    if let divergence = phase.divergence { throw divergence }
    return shouldStop()
  }

  private func isDueBeforeEnd(_ phase: PhaseUnderWay) -> Bool {
    synchronized { phase.step < phase.steps && isCheckpointDue(unsaved: phase.unsaved) }
  }

  private func sendProgress(_ phase: PhaseUnderWay, report: StepReport) {
    let now = options.clock()
    guard now - progressTime >= options.progressInterval else { return }
    progressTime = now
    // Including phases that were begun by more threads than there are now.
    let steps =
      underWay.reduce(0) { $0 + $1.step }
      + checkpoint.running.values.reduce(0) { $0 + $1.step }
    events(
      .progress(
        RunEvent.Progress(
          phase: phase.name, step: phase.step, steps: phase.steps,
          completedSteps: completedSteps + steps, totalSteps: totalSteps, loss: report.loss,
          gradientNorm: report.gradientNorm)))
  }

  private func requireFinite(_ report: StepReport, phase: String, step: Int) throws {
    guard !report.isFinite else { return }
    throw Diverged(
      phase: phase, step: step,
      tensor: report.offender?() ?? (report.loss.isFinite ? "gradient norm" : "loss"),
      loss: report.loss, gradientNorm: report.gradientNorm)
  }

  private func mismatch(_ phase: String, _ stored: String, _ wanted: String) -> Failure {
    Failure(
      .corrupt, "the checkpoint does not fit the experiment at phase '\(phase)'",
      why: "it has \(stored), the experiment \(wanted)",
      help: "the program has changed: remove \(checkpointPath ?? "it") to start the run again")
  }
}
