import Clusters
import ExperimentKit

/// Manifest section `lesions`: which sub-clusters are silenced, and what they are compared with.
struct LesionSection: Settings {
  var controls = 20
  var match = LesionControls.Match.size
  var minSize = 1
  var maxShare = 1.0

  static let schema = Schema<LesionSection>([
    .integer(
      "controls", \.controls, in: 1...100_000, paper: "20",
      "lesions of equally many random units of the layer, for every sub-cluster"),
    .choice(
      "match", \.match, paper: "size",
      "what random units have in common with the sub-cluster: their number (`size`), or their number in "
        + "each tenth of the layer ordered by the norm of the incoming weights (`size-and-norm`)"),
    .integer(
      "min-size", \.minSize, in: 1...1_000_000, unit: "units", paper: "1",
      "smaller sub-clusters are not silenced"),
    .number(
      "max-share", \.maxShare, in: 0...1, paper: "1.0",
      "sub-clusters with more than this share of the layer's units are not silenced"),
  ])
}

/// Manifest section `lesions` of a study of pairs.
struct PairLesionSection: Settings {
  /// Which pairs of sub-clusters are silenced.
  enum Pairs: String, CaseIterable, Sendable {
    /// Those of sub-clusters that are important alone.
    case important
    /// All.
    case all
  }

  var single = LesionSection()
  var pairControls = 50
  var pairs = Pairs.important

  static let schema = Schema<PairLesionSection>(
    Field.all(of: \.single) + [
      .integer(
        "pair-controls", \.pairControls, in: 1...100_000, paper: "50",
        "lesions of random units in place of the first of every pair"),
      .choice(
        "pairs", \.pairs, paper: "important",
        "pairs of sub-clusters that are important alone (`important`), or `all` pairs"),
    ])
}
