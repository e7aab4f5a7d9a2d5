import ExperimentKit
import Masks

/// How much of what the newest task of a sequence keeps, earlier tasks use already:
///
///     shared_frac = Σ m_p ∧ (m_0 ∨ … ∨ m_{p−1}) / max(Σ m_p, 1)
///
/// per tensor, and from summed counts over all of them.
struct TransferSharing {
  private let earlier: [MaskSet]
  private let newest: MaskSet

  /// - Parameter masks: those of the tasks so far, the newest last.
  init(_ masks: [MaskSet]) {
    earlier = masks.dropLast()
    newest = masks.last ?? MaskSet([:])
  }

  /// Records the counts of the table `transfer`; the first task has nothing to share with.
  func record(in context: RunContext) {
    let union = earlier.reduce(MaskSet([:]), |)
    newest.forEachLayer { layer, restrict in
      func put(_ metric: String, _ value: Double) {
        context.record(.transfer, [String(earlier.count), layer], metric, value)
      }
      let own = restrict(newest)
      put("n_kept", Double(own.keptCount))
      guard !earlier.isEmpty else { return }
      let overlap = MaskOverlap(own, restrict(union))
      put("n_shared", Double(overlap.intersection))
      put("shared_frac", overlap.sharedFraction)
    }
  }
}
