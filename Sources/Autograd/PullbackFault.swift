import Tensors

/// A deliberate error in one gradient contribution, for showing that the gradient check notices it.
package struct PullbackFault: Sendable {
  /// What happens to the contribution.
  package enum Kind: CaseIterable, Sendable {
    /// The sign of all entries is flipped.
    case flippedSign
    /// All entries are multiplied by 1.001.
    case scaled
    /// The largest entry is lost.
    case droppedEntry
    /// The whole contribution is lost.
    case droppedContribution
  }

  package let kind: Kind
  /// Which contribution of the backward pass is hit, counted from 0.
  package let contribution: Int

  package init(_ kind: Kind, contribution: Int) {
    self.kind = kind
    self.contribution = contribution
  }

  /// The faulty contribution, and whether it differs from the right one.
  func apply<Scalar>(to tensor: Tensor<Scalar>) -> (tensor: Tensor<Scalar>, differs: Bool) {
    var result = tensor
    switch kind {
    case .flippedSign: result.scale(by: -1)
    case .scaled: result.scale(by: 1.001)
    case .droppedContribution: result.fill(0)
    case .droppedEntry:
      let scalars = tensor.scalars
      if let largest = scalars.indices.max(by: { abs(scalars[$0]) < abs(scalars[$1]) }) {
        result[flat: largest] = 0
      }
    }
    return (result, tensor.scalars.contains { $0 != 0 })
  }
}
