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
  /// - Precondition: every phase of a run has another name, without `/`.
  public func loop(
    phase: String, steps: Int, state: any Resumable, body: (Int) throws -> StepReport
  ) throws {
    try visit(phase, steps: steps)
    if try restoreFinished(phase, steps: steps, state: state) { return }
    try compute(phase, steps: steps, state: state, body: body)
    try finish(phase, steps: steps, tensors: state.result(), state: state, origin: .computed)
  }

  // MARK: - Steps of a phase

  func visit(_ phase: String, steps: Int) throws {
    precondition(
      !phase.isEmpty && !phase.contains("/"), "'\(phase)' cannot be the name of a phase")
    precondition(steps >= 0, "\(steps) steps in phase '\(phase)'")
    precondition(!isInBody, "the phase '\(phase)' is inside another phase")
    precondition(visited.insert(phase).inserted, "two phases are called '\(phase)'")
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

  /// Executes all steps that are not yet in the checkpoint.
  func compute(
    _ phase: String, steps: Int, state: any Resumable, body: (Int) throws -> StepReport
  ) throws {
    var step = try resume(phase, steps: steps, state: state)
    var savedStep = step
    events(.phaseStarted(phase: phase, steps: steps, from: step))
    func saveState() throws {
      guard folder != nil else { return }
      let tensors = state.checkpoint()
      // A checkpoint that is not finite would only resume the divergence.
      try requireFinite(tensors, phase: phase, steps: step)
      checkpoint.running = RunCheckpoint.RunningPhase(
        phase: phase, steps: steps, step: step, tensors: tensors,
        recorded: recordedInPhase ?? RunCheckpoint.Recorded())
      try save()
      savedStep = step
      // On disk is enough; the copy would keep the state's buffers from being reused.
      checkpoint.running = nil
    }
    while step < steps {
      if shouldStop() {
        if step > savedStep { try saveState() }
        throw Cancelled(phase: phase, step: step)
      }
      let report = try execute(body, step)
      try requireFinite(report, phase: phase, step: step)
      step += 1
      if step < steps, isCheckpointDue(after: step - savedStep) { try saveState() }
      sendProgress(phase, step: step, steps: steps, report: report)
    }
  }

  /// Stores the result of a phase and reduces the state to it.
  func finish(
    _ phase: String, steps: Int, tensors: [String: StoredTensor], state: any Resumable,
    origin: RunEvent.Origin
  ) throws {
    try requireFinite(tensors, phase: phase, steps: steps)
    try state.restoreResult(tensors)
    checkpoint.finished[phase] = RunCheckpoint.FinishedPhase(steps: steps, tensors: tensors)
    checkpoint.running = nil
    recordedInPhase = nil
    completedSteps += steps
    try save()
    events(.phaseFinished(phase: phase, steps: steps, origin: origin))
  }

  // MARK: - Details

  private func resume(_ phase: String, steps: Int, state: any Resumable) throws -> Int {
    guard let running = checkpoint.running else { return 0 }
    guard running.phase == phase else {
      throw mismatch(phase, "the phase '\(running.phase)'", "the phase '\(phase)'")
    }
    guard running.steps == steps else {
      throw mismatch(phase, "\(running.steps) steps", "\(steps)")
    }
    try state.restore(running.tensors)
    if recordedInPhase != nil { recordedInPhase = running.recorded }
    checkpoint.running = nil
    return running.step
  }

  private func execute(_ body: (Int) throws -> StepReport, _ step: Int) throws -> StepReport {
    isInBody = true
    defer { isInBody = false }
    return try body(step)
  }

  private func isCheckpointDue(after steps: Int) -> Bool {
    guard folder != nil else { return false }
    if let interval = options.checkpointEverySteps, steps >= interval { return true }
    return options.clock() - checkpointTime >= options.checkpointInterval
  }

  private func sendProgress(_ phase: String, step: Int, steps: Int, report: StepReport) {
    let now = options.clock()
    guard now - progressTime >= options.progressInterval else { return }
    progressTime = now
    events(
      .progress(
        RunEvent.Progress(
          phase: phase, step: step, steps: steps, completedSteps: completedSteps + step,
          totalSteps: totalSteps, loss: report.loss, gradientNorm: report.gradientNorm)))
  }

  private func mismatch(_ phase: String, _ stored: String, _ wanted: String) -> Failure {
    Failure(
      .corrupt, "the checkpoint does not fit the experiment at phase '\(phase)'",
      why: "it has \(stored), the experiment \(wanted)",
      help: "the program has changed: remove \(checkpointPath ?? "it") to start the run again")
  }
}

// MARK: - Finite numbers

extension RunContext {
  private func requireFinite(_ report: StepReport, phase: String, step: Int) throws {
    guard !report.isFinite else { return }
    throw Diverged(
      phase: phase, step: step,
      tensor: report.offender?() ?? (report.loss.isFinite ? "gradient norm" : "loss"),
      loss: report.loss, gradientNorm: report.gradientNorm)
  }

  /// Catches what a step may have put into the parameters without spoiling its own loss.
  func requireFinite(
    _ tensors: [String: StoredTensor], phase: String, steps: Int
  ) throws {
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let isFinite =
        switch tensor {
        case .float32(let values): values.isFinite
        case .float64(let values): values.isFinite
        case .int64, .uint8, .bool: true
        }
      guard isFinite else {
        throw Diverged(phase: phase, step: max(0, steps - 1), tensor: name)
      }
    }
  }
}
