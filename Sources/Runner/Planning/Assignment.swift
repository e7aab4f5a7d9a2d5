import ExperimentKit

/// What a worker needs to know of a configuration to compute a run of it.
public struct Assignment: Sendable, Equatable {
  /// The study that the run belongs to.
  public var study: String
  /// What is computed.
  public var identity: RunIdentity
  /// Parts of all steps of a run together.
  public var totalSteps: Int
  /// Seconds of work between two checkpoints; does not influence results.
  public var checkpointInterval: Double

  /// Creates an assignment.
  public init(
    study: String, identity: RunIdentity, totalSteps: Int, checkpointInterval: Double
  ) {
    self.study = study
    self.identity = identity
    self.totalSteps = totalSteps
    self.checkpointInterval = checkpointInterval
  }

  /// What a study asks of one of its configurations.
  init(study: String, _ variant: ResolvedVariant) {
    self.init(
      study: study, identity: variant.identity, totalSteps: variant.prepared.totalSteps,
      checkpointInterval: variant.checkpointInterval)
  }

  /// The run with a seed.
  func run(seed: Int) -> RunName {
    RunName(study: study, variant: identity.variant, hash: identity.hash, seed: seed)
  }
}
