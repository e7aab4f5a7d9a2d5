/// A phase that is being computed.
///
/// Its own thread changes it within steps, whoever writes a checkpoint while there are none.
final class PhaseUnderWay {
  let name: String
  let steps: Int
  let state: any Resumable
  /// Number of finished steps.
  var step = 0
  /// Number of steps in the last checkpoint.
  var savedStep = 0
  /// Finished steps that the last checkpoint does not have.
  var unsaved: Int { step - savedStep }
  /// Set when a checkpoint that another phase wanted has found the state not finite.
  var divergence: Diverged?

  init(name: String, steps: Int, state: any Resumable) {
    self.name = name
    self.steps = steps
    self.state = state
  }
}
