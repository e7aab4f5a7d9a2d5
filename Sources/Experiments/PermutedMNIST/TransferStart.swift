import Masks
import NeuralNetworks
import Tensors

/// What a task of a sequence takes over from the ones before it.
struct TransferStart {
  /// The weights that stay as they are: those that an earlier task uses.
  let used: MaskSet

  /// - Parameters:
  ///   - earlier: the masks of the earlier tasks.
  ///   - reset: the tensors that every task learns anew.
  init(after earlier: [MaskSet], resetting reset: Set<String>) {
    used = earlier.reduce(MaskSet([:]), |).filter { !reset.contains($0) }
  }

  /// Where the logits of the task's masks start.
  ///
  /// - Parameters:
  ///   - old: for used weights.
  ///   - new: for all others.
  func logits(
    for parameters: [Parameter<Float>], old: Float, new: Float
  ) -> [String: Tensor<Float>] {
    parameters.reduce(into: [:]) { result, parameter in
      result[parameter.name] =
        used[parameter.name]?.values(kept: old, removed: new)
        ?? Tensor(repeating: new, shape: parameter.shape)
    }
  }

  /// Re-initialises a network, all but its used weights.
  func reinitialize(_ parameters: [Parameter<Float>], draw: () -> Void) {
    let old = parameters.map(\.value)
    draw()
    for (parameter, old) in zip(parameters, old) {
      if let used = used[parameter.name] {
        parameter.value = used.choosing(old, otherwise: parameter.value)
      }
    }
  }
}
