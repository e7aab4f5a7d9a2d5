import Store
import Tensors

/// The examples on which the accuracies of a run were measured, in the form that predictions take.
public struct EvaluationSet: Sendable {
  /// Input tensors by name, as ``PreparedRun/predict(_:)`` takes them, one row per example.
  public var inputs: [String: StoredTensor]
  /// The right classes; its leading axis is that of the inputs. Places that hold no class are -1.
  public var targets: [Int64]
  /// The shape of ``targets``.
  public var targetShape: Shape
  /// For every `eval_set` of the table `accuracy`, whether it contains each of the examples.
  public var sets: [String: [Bool]]
  /// Texts for the metadata of the file, such as a vocabulary that depends on the data.
  public var metadata: [String: String] = [:]

  /// Creates a set of examples.
  ///
  /// - Precondition: as many targets as their shape says, as many rows everywhere.
  public init(
    inputs: [String: StoredTensor], targets: [Int64], shape: Shape, sets: [String: [Bool]]
  ) {
    precondition(targets.count == shape.count, "\(targets.count) targets for shape \(shape)")
    precondition(
      inputs.values.allSatisfy { $0.shape[0] == shape[0] }
        && sets.values.allSatisfy { $0.count == shape[0] }, "sets of different sizes")
    self.inputs = inputs
    self.targets = targets
    targetShape = shape
    self.sets = sets
  }

  /// Number of examples.
  public var count: Int { targetShape[0] }

  /// The tensors of a file: the inputs, `targets` (I64) and, for every set, `set/<name>` (U8, 1 for
  /// the examples that belong to it).
  public var tensors: [String: StoredTensor] {
    var tensors = inputs
    tensors["targets"] = .int64(targets, targetShape)
    for (name, members) in sets {
      tensors["set/\(name)"] = .uint8(members.map { $0 ? 1 : 0 }, [count])
    }
    return tensors
  }
}
