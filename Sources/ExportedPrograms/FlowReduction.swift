import NeuralNetworks
import Store

/// Turns values that are computed from each other into layers one after the other, with sums and
/// concatenations of several ways between the places that all ways lead through.
struct FlowReduction {
  private let path: String
  private let flows: [Flow]
  /// For every value the nearest one before it that all ways from the input lead through.
  private let gates: [Int]
  /// How many gates lie before a value.
  private let depths: [Int]
  /// The sites of the values, each another.
  private let sites: [String]
  private var seen: Set<Int> = []

  /// - Parameters:
  ///   - flows: values in an order in which they can be computed.
  ///   - end: the one that is wanted.
  ///   - path: the file, for messages.
  init(_ flows: [Flow], to end: Int, path: String) {
    var (gates, depths) = ([0], [0])
    for flow in flows.dropFirst() {
      let gate = flow.inputs.dropFirst().reduce(flow.inputs[0]) { a, b in
        var (a, b) = (a, b)
        while a != b {
          if depths[a] > depths[b] { a = gates[a] } else { b = gates[b] }
        }
        return a
      }
      gates.append(gate)
      depths.append(depths[gate] + 1)
    }
    (self.flows, self.path, self.gates, self.depths) = (flows, path, gates, depths)
    sites = Self.sites(flows, to: end)
  }

  /// Names of sites from the first value to the last; those of layers with parameters are theirs.
  private static func sites(_ flows: [Flow], to end: Int) -> [String] {
    var needed: Set<Int> = [end]
    for place in flows.indices.reversed() where needed.contains(place) {
      needed.formUnion(flows[place].inputs)
    }
    var taken = Set(flows.map(\.name).filter { !$0.isEmpty })
    return flows.enumerated().map { place, flow in
      guard needed.contains(place), flow.name.isEmpty else { return flow.name }
      var (site, number) = (flow.site, 2)
      while !taken.insert(site).inserted {
        site = "\(flow.site)-\(number)"
        number += 1
      }
      return site
    }
  }

  /// The layers from the input to a value.
  mutating func layers(to end: Int) throws -> [LayerDescription] {
    try layers(from: 0, to: end, depth: 0)
  }

  private mutating func layers(
    from start: Int, to end: Int, depth: Int
  ) throws -> [LayerDescription] {
    guard depth < 100 else {
      throw ExportedProgram.failure(path, "its ways part more than 100 times within each other")
    }
    var (result, place) = ([LayerDescription](), end)
    while place != start {
      let flow = flows[place]
      guard seen.insert(place).inserted else {
        throw ExportedProgram.failure(
          path, "the value of node \(Failure.quote(flow.node)) takes part in several sums",
          why: "ways that part must meet again before they part anew",
          help:
            "networks in which every layer sees all earlier ones, and those with long skips across "
            + "each other, are not read")
      }
      switch flow.action {
      case .input: throw unreachable(flow)
      case .logSoftmax:
        throw ExportedProgram.failure(
          path, "node \(Failure.quote(flow.node)) is a log_softmax that is not at the end",
          help: "give logits as output")
      case .layer(let kind):
        result.append(
          flow.name.isEmpty
            ? unnamed(place, kind) : LayerDescription(flow.name, kind, site: nil))
        place = flow.inputs[0]
      case .sum, .concatenation:
        var ways: [[LayerDescription]] = []
        for input in flow.inputs {
          ways.append(try layers(from: gates[place], to: input, depth: depth + 1))
        }
        result.append(joined(ways, place))
        place = gates[place]
      }
    }
    return result.reversed()
  }

  private func unreachable(_ flow: Flow) -> Failure {
    ExportedProgram.failure(path, "node \(Failure.quote(flow.node)) does not follow from the input")
  }

  private func joined(_ ways: [[LayerDescription]], _ place: Int) -> LayerDescription {
    guard case .sum = flows[place].action else {
      return unnamed(place, ConcatenationDescription(ways))
    }
    // The longer way is the body.
    let isFirst = ways[0].count >= ways[1].count
    return unnamed(
      place,
      ResidualDescription(body: ways[isFirst ? 0 : 1], shortcut: ways[isFirst ? 1 : 0]))
  }

  /// A layer without parameters.
  private func unnamed(_ place: Int, _ kind: any LayerKind) -> LayerDescription {
    // Dropout draws from a stream of its name.
    LayerDescription(kind is DropoutDescription ? sites[place] : "", kind, site: sites[place])
  }
}
