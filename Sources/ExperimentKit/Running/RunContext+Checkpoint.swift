import Store
import Tensors

extension RunContext {
  /// Path of the checkpoint, nil when nothing is stored.
  var checkpointPath: String? { folder.map { "\($0)/\(RunCheckpoint.fileName)" } }

  var header: RunCheckpoint.Header {
    RunCheckpoint.Header(identity: identity, seed: seed, environment: environment)
  }

  /// Whether the time for a checkpoint has come.
  ///
  /// - Parameter unsaved: steps of a phase, or evaluations, since the last one.
  func isCheckpointDue(unsaved: Int) -> Bool {
    guard folder != nil else { return false }
    if let interval = options.checkpointEverySteps, unsaved >= interval { return true }
    return options.clock() - checkpointTime >= options.checkpointInterval
  }

  /// Writes the checkpoint with all phases that are under way, when the run has a folder.
  ///
  /// A phase whose state is not finite is set aside and told to end as diverged: such a state would
  /// only resume the divergence.
  ///
  /// - Parameter phase: The one that wants to be saved; its divergence is thrown.
  /// - Precondition: no phase is within a step.
  func save(for phase: PhaseUnderWay? = nil) throws {
    if let path = checkpointPath {
      // On disk is enough; the copies would keep the states' buffers from being reused.
      defer { for phase in underWay { checkpoint.running[phase.name] = nil } }
      for phase in underWay { store(phase) }
      if let divergence = phase?.divergence { throw divergence }
      try checkpoint.write(to: path, header: header, operations: options.operations)
      unsavedEvaluations = 0
      for phase in underWay {
        phase.savedStep = phase.step
        events(.checkpoint(phase: phase.name, step: phase.step))
      }
      if underWay.isEmpty { events(.checkpoint(phase: nil, step: 0)) }
    }
    // Measured from the end of writing, so that slow disks do not eat the time for work.
    checkpointTime = options.clock()
  }

  /// Puts the state of a phase into the checkpoint.
  private func store(_ phase: PhaseUnderWay) {
    let tensors = phase.state.checkpoint()
    do {
      try requireFinite(tensors, phase: phase.name, steps: phase.step)
    } catch {
      phase.divergence = error
      setAside(phase)
      return
    }
    checkpoint.running[phase.name] = RunCheckpoint.RunningPhase(
      steps: phase.steps, step: phase.step, tensors: tensors,
      recorded: recordedInPhase ?? RunCheckpoint.Recorded())
  }

  /// Keeps of a phase that has failed what the last checkpoint says, while others go on.
  ///
  /// - Precondition: no phase is within a step.
  func setAside(_ phase: PhaseUnderWay) {
    underWay.removeAll { $0 === phase }
    guard checkpoint.finished[phase.name] == nil, let path = checkpointPath else { return }
    let stored = try? RunCheckpoint.read(from: path, header: header, warn: { _ in })
    checkpoint.running[phase.name] = stored?.running[phase.name]
  }

  // MARK: - Finite numbers

  /// Catches what a step may have put into the parameters without spoiling its own loss.
  func requireFinite(
    _ tensors: [String: StoredTensor], phase: String, steps: Int
  ) throws(Diverged) {
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      guard tensor.isFinite else {
        throw Diverged(phase: phase, step: max(0, steps - 1), tensor: name)
      }
    }
  }
}
