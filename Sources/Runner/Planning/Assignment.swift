import ExperimentKit

/// What a worker needs to know of a configuration to compute a run of it.
public struct Assignment: Sendable, Equatable {
  /// The study that the run belongs to.
  public var study: String
  /// What is computed.
  public var identity: RunIdentity
  /// The steps of a run.
  public var steps: [RunStep]
  /// Seconds of work between two checkpoints; does not influence results.
  public var checkpointInterval: Double

  /// Creates an assignment.
  public init(
    study: String, identity: RunIdentity, steps: [RunStep], checkpointInterval: Double
  ) {
    self.study = study
    self.identity = identity
    self.steps = steps
    self.checkpointInterval = checkpointInterval
  }

  /// What a study asks of one of its configurations.
  init(study: String, _ variant: ResolvedVariant) {
    self.init(
      study: study, identity: variant.identity, steps: variant.prepared.steps,
      checkpointInterval: variant.checkpointInterval)
  }

  /// Parts of all steps together.
  public var totalSteps: Int { steps.reduce(0) { $0 + $1.count } }

  /// The run with a seed.
  func run(seed: Int) -> RunName {
    RunName(study: study, variant: identity.variant, hash: identity.hash, seed: seed)
  }
}
