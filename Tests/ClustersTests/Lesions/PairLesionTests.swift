import Clusters
import Testing

@Suite struct PairLesionTests {
  private func subCluster(_ layer: Int, _ cluster: Int, _ units: [Int]) -> SubCluster {
    SubCluster(
      layer: layer, layerName: "layers.\(layer)", cluster: cluster, units: units, layerUnits: 20,
      liveUnits: 20)
  }

  private func pair(
    _ first: SubCluster, _ second: SubCluster, delta: Double, isBeyond: Bool = true
  ) -> PairLesion {
    PairLesion(
      first: first, second: second, withoutSecond: 0.75, withoutBoth: 0.75 - delta,
      controls: [0.75, isBeyond ? 0.75 : 0.125])
  }

  @Test func `further losses by hand`() {
    let (x, y) = (subCluster(0, 1, [1, 2]), subCluster(0, 2, [5]))
    let lesions = PairLesion.lesions(first: x, second: y, controls: [[3, 4]])
    #expect(lesions == [Lesion(layer: 0, units: [1, 2, 5]), Lesion(layer: 0, units: [3, 4, 5])])
    let across = PairLesion.lesions(first: x, second: subCluster(2, 0, [7]), controls: [])
    #expect(across == [Lesion([0: [1, 2], 2: [7]])])
    let lesion = pair(x, y, delta: 0.25)
    #expect(lesion.delta == 0.25 && lesion.p == 1.0 / 3 && lesion.isImportant)
    #expect(lesion.controlDeltas.controls == [0, 0])
    #expect(pair(x, y, delta: 0.25, isBeyond: false).p == 2.0 / 3)
    #expect(!pair(x, y, delta: 0.25, isBeyond: false).isImportant)
    #expect(!pair(x, y, delta: 0.0078125).isImportant)
  }

  @Test func `cases and edges`() throws {
    let nodes = [subCluster(0, 0, [0]), subCluster(0, 1, [1]), subCluster(1, 0, [2])]
    func dependencies(_ xGivenY: Bool, _ yGivenX: Bool) -> [Dependency] {
      Dependency.all(of: [
        pair(nodes[0], nodes[2], delta: xGivenY ? 0.25 : 0),
        pair(nodes[2], nodes[0], delta: yGivenX ? 0.25 : 0),
        pair(nodes[0], nodes[1], delta: 0.25), pair(nodes[1], nodes[0], delta: 0.25),
      ])
    }
    let cases: [(Bool, Bool, Dependency.Case)] = [
      (false, false, .chain), (false, true, .onlyToLater), (true, false, .toLaterAndOthers),
      (true, true, .inconclusive),
    ]
    for (index, (x, y, kind)) in cases.enumerated() {
      let found = dependencies(x, y)
      // Sub-clusters of one layer do not depend on each other.
      #expect(found.map(\.kind) == [kind] && kind.rawValue == index + 1)
      #expect(found[0].isEdge == (kind != .inconclusive))
      let text = DependencyDrawing("pruned/weights-k8", nodes: nodes, found).text
      let graph = try #require(DotGraph(text))
      #expect(graph.nodes == ["1-0", "1-1", "2-0"])
      #expect(graph.edges == (kind == .inconclusive ? [] : ["1-0>2-0:\(index + 1)"]))
    }
  }
}

/// A reader of what Graphviz's language needs here: statements of quoted names, groups, attributes.
private struct DotGraph {
  var nodes: Set<String> = []
  var edges: [String] = []

  init?(_ text: String) {
    guard let start = text.firstIndex(of: "{"), text.hasPrefix("digraph "), text.hasSuffix("}\n")
    else { return nil }
    guard text.count(where: { $0 == "{" }) == text.count(where: { $0 == "}" }),
      text.count(where: { $0 == "\"" }).isMultiple(of: 2)
    else { return nil }
    for statement in text[text.index(after: start)...].split(whereSeparator: { ";{}".contains($0) })
    {
      let parts = statement.split(separator: "\"", omittingEmptySubsequences: false)
      let names = stride(from: 1, to: parts.count, by: 2).map { String(parts[$0]) }
      if statement.contains("->") {
        guard names.count == 3 else { return nil }
        edges.append("\(names[0])>\(names[1]):\(names[2])")
      } else if let name = names.first {
        nodes.insert(name)
      }
    }
  }
}
