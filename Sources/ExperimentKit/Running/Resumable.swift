import Store

/// The state of a training loop that can be stored and taken up again.
///
/// A loop must continue from `restore(checkpoint())` with exactly the same bits as without the
/// interruption, and whatever follows the loop must depend on nothing but ``result()``.
public protocol Resumable: AnyObject {
  /// Everything that the next step depends on, by name; all floating-point values must be finite.
  func checkpoint() -> [String: StoredTensor]

  /// Takes up a state that ``checkpoint()`` gave.
  ///
  /// - Throws: ``Failure`` when tensors are missing or have other shapes.
  func restore(_ tensors: [String: StoredTensor]) throws

  /// Everything that is needed after the last step; all floating-point values must be finite.
  func result() -> [String: StoredTensor]

  /// Takes up a finished state that ``result()`` gave.
  func restoreResult(_ tensors: [String: StoredTensor]) throws
}

extension Resumable {
  /// The whole checkpoint.
  public func result() -> [String: StoredTensor] { checkpoint() }

  /// As ``restore(_:)``.
  public func restoreResult(_ tensors: [String: StoredTensor]) throws { try restore(tensors) }
}
