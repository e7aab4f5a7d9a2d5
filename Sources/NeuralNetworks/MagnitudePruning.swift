import Foundation
import Tensors

/// How many weights are pruned at each step of training: from an initial share to a final one, fast at
/// first.
///
/// s(t) = s_f + (s_i − s_f) (1 − t/e)³, constant from step e on
///
/// Reference: Zhu, Gupta: To prune, or not to prune: exploring the efficacy of pruning for model
/// compression, 2017, equation 1.
public struct PruningSchedule: Sendable, Hashable {
  /// s_i, the share that is pruned at step 0.
  public var initial: Double
  /// s_f, the share that is pruned in the end.
  public var final: Double
  /// e, when that is reached.
  public var end: Int
  /// Steps from one choice of the pruned weights to the next.
  public var frequency: Int

  /// A schedule; the defaults are those of the paper.
  ///
  /// - Precondition: shares in 0…1, the final one not below the initial one; counts above 0.
  public init(initial: Double = 0.5, final: Double = 0.9, end: Int, frequency: Int = 10) {
    require(
      0 <= initial && initial <= final && final <= 1 && end > 0 && frequency > 0,
      "pruning from \(initial) to \(final) in \(end) steps, every \(frequency)")
    self.initial = initial
    self.final = final
    self.end = end
    self.frequency = frequency
  }

  /// s(t), 0…1.
  public func sparsity(at step: Int) -> Double {
    let rest = 1 - min(max(Double(step) / Double(end), 0), 1)
    return (initial - final) * pow(rest, 3) + final
  }

  /// Whether the pruned weights are chosen anew at a step.
  public func isUpdate(_ step: Int) -> Bool {
    step >= 0 && step <= end && step.isMultiple(of: frequency)
  }
}

/// Prunes the weights of smallest magnitude of every weight tensor by itself, on a schedule, while the
/// network is trained.
///
/// Biases and normalisations are left alone. Before every forward pass the weights are multiplied by
/// the masks; gradients still reach all weights. With regrowth a pruned weight keeps what the optimiser
/// gave it until the next choice, so that it may return; without, it stays 0.
///
/// Reference: Zhu, Gupta, 2017, as TensorFlow's model optimisation toolkit does it.
public final class MagnitudePruning {
  /// The pruned parameters.
  public let parameters: [Parameter<Float>]
  /// When how much is pruned.
  public let schedule: PruningSchedule
  /// Whether pruned weights may return.
  public let regrows: Bool
  /// 1 for weights that are kept, 0 for pruned ones, in the order of ``parameters``.
  public private(set) var masks: [Tensor<Float>]

  /// Prunes nothing before the first step.
  ///
  /// - Parameter parameters: those of the network, of which the weights are pruned.
  public init(_ parameters: [Parameter<Float>], schedule: PruningSchedule, regrows: Bool = true) {
    self.parameters = parameters.filter { $0.role == .weight }
    self.schedule = schedule
    self.regrows = regrows
    masks = self.parameters.map { Tensor(repeating: 1, shape: $0.shape) }
  }

  /// To be called before the forward pass of a step: chooses the pruned weights when it is time, and
  /// sets them to 0.
  public func begin(step: Int) {
    if schedule.isUpdate(step) {
      let sparsity = schedule.sparsity(at: step)
      for (index, parameter) in parameters.enumerated() {
        masks[index] = parameter.value.maskOfLargest(share: 1 - sparsity)
      }
    }
    apply()
  }

  /// To be called after the optimiser's step.
  public func end() { if !regrows { apply() } }

  /// Sets the pruned weights to 0.
  public func apply() {
    for (parameter, mask) in zip(parameters, masks) { parameter.value.multiply(by: mask) }
  }

  /// The masks by name: `mask.<parameter>`.
  public var state: [String: Tensor<Float>] {
    Dictionary(
      uniqueKeysWithValues: zip(parameters, masks).map { ("mask.\($0.name)", $1) })
  }

  /// Continues from ``state``.
  ///
  /// - Throws: ``OptimizerStateError``; nothing is changed then.
  public func restore(_ state: [String: Tensor<Float>]) throws(OptimizerStateError) {
    var restored: [Tensor<Float>] = []
    for parameter in parameters {
      guard let mask = state["mask.\(parameter.name)"] else {
        throw .missing(name: "mask.\(parameter.name)")
      }
      guard mask.shape == parameter.shape else {
        throw .shape(
          name: "mask.\(parameter.name)", expected: parameter.shape, found: mask.shape)
      }
      restored.append(mask)
    }
    masks = restored
  }
}

extension Tensor where Scalar == Float {
  /// 1 for the elements of largest magnitude, 0 for the others; those that equal the smallest kept one
  /// are all kept.
  ///
  /// - Parameter share: of the elements that are kept, rounded to a whole number of them, to an even one
  ///   where two are as near.
  func maskOfLargest(share: Double) -> Tensor {
    let kept = Int((Double(count) * share).rounded(.toNearestOrEven))
    guard kept > 0 else { return Tensor(zeros: shape) }
    // The bits of numbers that are not negative are ordered as the numbers.
    let bits = withUnsafeBufferPointer { $0.map { $0.bitPattern & 0x7fff_ffff } }
    let threshold = bits.element(ofRankFromTop: kept)
    return Tensor(bits.map { $0 >= threshold ? 1 : 0 }, shape: shape)
  }
}

extension [UInt32] {
  /// The smallest of the `rank` largest elements. O(n): the upper halves are counted, then the lower
  /// halves of those that share the upper half in question.
  fileprivate func element(ofRankFromTop rank: Int) -> UInt32 {
    var left = rank
    func pick(_ counts: [Int]) -> UInt32 {
      for value in counts.indices.reversed() {
        if left <= counts[value] { return UInt32(value) }
        left -= counts[value]
      }
      return 0
    }
    var counts = [Int](repeating: 0, count: 1 << 16)
    for element in self { counts[Int(element >> 16)] += 1 }
    let upper = pick(counts)
    for index in counts.indices { counts[index] = 0 }
    for element in self where element >> 16 == upper { counts[Int(element & 0xffff)] += 1 }
    return upper << 16 | pick(counts)
  }
}
