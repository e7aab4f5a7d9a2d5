import Statistics

/// What one sub-cluster costs when another one is silent already.
///
/// Reference: Hod, Filan, Casper, Critch, Russell, 2021, appendix A.10.
public struct PairLesion: Sendable {
  /// The sub-cluster whose loss is judged.
  public let first: SubCluster
  /// The sub-cluster that is silent.
  public let second: SubCluster
  /// The accuracy without the second.
  public let withoutSecond: Double
  /// The accuracy without both.
  public let withoutBoth: Double
  /// The accuracies without the second and random units in place of the first.
  public let controls: [Double]

  /// Accuracies over all images.
  public init(
    first: SubCluster, second: SubCluster, withoutSecond: Double, withoutBoth: Double,
    controls: [Double]
  ) {
    self.first = first
    self.second = second
    self.withoutSecond = withoutSecond
    self.withoutBoth = withoutBoth
    self.controls = controls
  }

  /// The lesions of a pair: of both, and of the second with each random set in place of the first.
  ///
  /// - Parameter controls: units of the layer of the first, none of them the second's.
  public static func lesions(
    first: SubCluster, second: SubCluster, controls: [[Int]]
  ) -> [Lesion] {
    ([first.units] + controls).map { units in
      Lesion(layer: first.layer, units: units).union(second.lesion)
    }
  }

  /// δ: the further loss of accuracy by the first.
  public var delta: Double { withoutSecond - withoutBoth }
  /// The further losses by random units in place of the first.
  public var controlDeltas: ControlledValue {
    ControlledValue(value: delta, controls: controls.map { withoutSecond - $0 }, side: .right)
  }

  /// How extreme the loss is among those by random units, 1/(R + 1)…1; of equal accuracies none is
  /// beyond the other.
  public var p: Double {
    ControlRank.p(
      rank: ControlRank.rank(
        of: withoutBoth, among: controls, side: .left, ties: .reference, uniform: 0),
      controls: controls.count)
  }

  /// Whether the first is important given the second: it costs at least one point of accuracy more, and
  /// more than all random units.
  public var isImportant: Bool {
    p < 1 / Double(controls.count) && -delta <= -SubClusterCategory.leastChange
  }
}

/// Which of two important sub-clusters depends on the other.
public struct Dependency: Sendable {
  /// What follows from the importance of each given the other.
  public enum Case: Int, Sendable, CaseIterable {
    /// Neither is important given the other: they form a chain.
    case chain = 1
    /// The later one is important given the earlier one, not the other way round: what the earlier one
    /// says reaches only the later one, which has other inputs too.
    case onlyToLater
    /// The earlier one is important given the later one, not the other way round: the earlier one feeds
    /// the later one and others.
    case toLaterAndOthers
    /// Both are: no conclusion.
    case inconclusive
  }

  /// The earlier sub-cluster x, given the later one y.
  public let earlier: PairLesion
  /// y given x.
  public let later: PairLesion

  /// The pairs of sub-clusters in different layers among lesions of ordered pairs, in the order of their
  /// first ones.
  public static func all(of pairs: [PairLesion]) -> [Dependency] {
    struct Ends: Hashable { let first, second: SubCluster }
    let found = Dictionary(pairs.map { (Ends(first: $0.first, second: $0.second), $0) }) { $1 }
    return pairs.compactMap { pair in
      guard pair.first.layer < pair.second.layer,
        let other = found[Ends(first: pair.second, second: pair.first)]
      else { return nil }
      return Dependency(earlier: pair, later: other)
    }
  }

  /// Which case it is.
  public var kind: Case {
    switch (earlier.isImportant, later.isImportant) {
    case (false, false): .chain
    case (false, true): .onlyToLater
    case (true, false): .toLaterAndOthers
    case (true, true): .inconclusive
    }
  }

  /// Whether the later one depends on the earlier one.
  public var isEdge: Bool { kind != .inconclusive }
}

/// The text of a drawing of dependencies for Graphviz: layers as rows, one arrow for every edge.
public struct DependencyDrawing: Sendable {
  /// The text of a file.
  public let text: String

  /// Draws sub-clusters and what depends on what.
  ///
  /// - Parameters:
  ///   - name: of the graph.
  ///   - nodes: all sub-clusters to be drawn.
  ///   - dependencies: between them.
  public init(_ name: String, nodes: [SubCluster], _ dependencies: [Dependency]) {
    func quoted(_ text: String) -> String {
      "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    var lines = ["digraph \(quoted(name)) {", "  rankdir=BT;", "  node [shape=box];"]
    for layer in Set(nodes.map(\.layer)).sorted() {
      let row = nodes.filter { $0.layer == layer }
      lines.append(
        "  { rank=same; " + row.map { quoted($0.id) + ";" }.joined(separator: " ") + " }")
      lines += row.map { "  \(quoted($0.id)) [tooltip=\(quoted($0.layerName))];" }
    }
    for dependency in dependencies where dependency.isEdge {
      let (x, y) = (dependency.earlier.first.id, dependency.later.first.id)
      lines.append("  \(quoted(x)) -> \(quoted(y)) [label=\"\(dependency.kind.rawValue)\"];")
    }
    text = (lines + ["}"]).joined(separator: "\n") + "\n"
  }
}
