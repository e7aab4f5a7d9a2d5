import Tensors

/// The largest scores of a layer: a threshold that exactly a share of them reaches.
struct TopScores: Sendable, Hashable {
  /// k, 0…1.
  let share: Double
  /// What a score has to reach; all do before a layer has been looked at.
  private(set) var threshold = 0.0

  /// The largest scores of a share.
  init(share: Double) {
    require((0...1).contains(share), "a share of \(share) of the scores")
    self.share = share
  }

  /// With the threshold of a layer, of which round(kN) of N scores are kept; those that equal the smallest
  /// kept one are all kept.
  func of(_ logits: [Double]) -> TopScores {
    let kept = Int((share * Double(logits.count)).rounded())
    var result = self
    result.threshold = kept == 0 ? .infinity : logits.map(abs).sorted(by: >)[kept - 1]
    return result
  }

  /// Whether |s| reaches the threshold.
  func includes(_ logit: Double) -> Bool { abs(logit) >= threshold }
}
