import Store
import Tensors

extension RunContext {
  /// Does an evaluation, or nothing when it was finished before: the rows that it recorded are there.
  ///
  /// A finished evaluation is in the next checkpoint, which is written when one is due, when the run
  /// is asked to stop, and with the loops that follow. One that is stopped, by
  /// ``checkCancellation()`` within the body or by the end of the process, is done again.
  ///
  /// What later steps need of an evaluation they must take from the rows that it recorded, or from
  /// its result; see ``evaluateKeepingResult(_:body:)``.
  ///
  /// - Throws: ``Cancelled`` when asked to stop, ``Failure`` when a checkpoint cannot be written, and
  ///   what the body throws.
  /// - Precondition: every phase and evaluation of a run has another name, without `/`, and none is
  ///   inside another.
  public func evaluate(_ name: String, body: () throws -> Void) throws {
    _ = try evaluateKeepingResult(name) {
      try body()
      return [:]
    }
  }

  /// As ``evaluate(_:body:)``, with a result that later steps need and the checkpoint keeps.
  ///
  /// - Returns: the result, computed or from the checkpoint.
  public func evaluateKeepingResult(
    _ name: String, body: () throws -> [String: StoredTensor]
  ) throws -> [String: StoredTensor] {
    try visit(name, steps: 1)
    if let stored = checkpoint.finished[name] {
      completedSteps += 1
      events(.phaseFinished(phase: name, steps: 1, origin: .checkpoint))
      return stored.tensors
    }
    try requireFit([name])
    events(.phaseStarted(phase: name, steps: 1, from: 0))
    let before = checkpoint.recorded
    evaluation = name
    defer { evaluation = nil }
    let tensors: [String: StoredTensor]
    do {
      try checkCancellation()
      tensors = try body()
    } catch {
      // Half an evaluation is none.
      checkpoint.recorded = before
      if error is Cancelled { try saveEvaluations() }
      throw error
    }
    checkpoint.finished[name] = RunCheckpoint.FinishedPhase(steps: 1, tensors: tensors)
    completedSteps += 1
    unsavedEvaluations += 1
    if isCheckpointDue(unsaved: unsavedEvaluations) { try save() }
    events(.phaseFinished(phase: name, steps: 1, origin: .computed))
    return tensors
  }

  /// Writes a checkpoint when there are evaluations that the last one does not have.
  func saveEvaluations() throws {
    if folder != nil, unsavedEvaluations > 0 { try save() }
  }

  /// Shows that an evaluation goes on.
  func sendEvaluationProgress() {
    let now = options.clock()
    guard let evaluation, now - progressTime >= options.progressInterval else { return }
    progressTime = now
    events(
      .progress(
        RunEvent.Progress(
          phase: evaluation, step: 0, steps: 1, completedSteps: completedSteps,
          totalSteps: totalSteps, loss: nil, gradientNorm: nil)))
  }
}
