import Autograd
import Clusters
import Foundation
import NeuralNetworks
import Store
import Tensors
import Testing

@testable import NetworkFiles

/// Networks of torchvision compute here what they compute there (`tools/goldens/torchvision_networks.py`). One
/// after the other, since some are large.
@Suite(.serialized) struct TorchvisionTests {
  private static let classes = 7
  private static let images = 3

  /// The numbers of the goldens: x ← 48271 x mod 2³¹ − 1, divided by 2³¹ − 1, again and again.
  private static func repeated(
    _ seed: Int, _ shape: Shape, _ change: (Double) -> Double = { $0 }
  ) -> Tensor<Float> {
    var x = seed
    let period = (0..<9973).map { _ in
      x = 48271 * x % 2_147_483_647
      return Float(change(Double(x) / 2_147_483_647))
    }
    var numbers: [Float] = []
    numbers.reserveCapacity(shape.count + period.count)
    while numbers.count < shape.count {
      numbers += period.prefix(shape.count - numbers.count)
    }
    return Tensor(numbers, shape: shape)
  }

  private static func tensors(_ description: NetworkDescription) -> [String: Tensor<Float>] {
    let shapes = description.tensorShapes.sorted {
      $0.name.unicodeScalars.lexicographicallyPrecedes($1.name.unicodeScalars)
    }
    return Dictionary(
      uniqueKeysWithValues: shapes.enumerated().map { place, tensor in
        let (name, shape) = tensor
        let isPositive =
          name.hasSuffix("running_var") || (name.hasSuffix("weight") && shape.rank == 1)
        let bound = sqrt(6 / Double(shape.dropFirst().count))
        let numbers = repeated(place + 1, shape) { u in
          isPositive ? 0.5 + u : (shape.rank == 1 ? 0.2 : bound) * (2 * u - 1)
        }
        return (name, numbers)
      })
  }

  private struct Golden {
    let value: JSONValue

    init(_ model: String) throws {
      let path = "\(ImportFixtures.root)/Goldens/torchvision.json"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let content = try JSONValue.parse(text, file: path)
      value = try #require(content[model])
    }

    static func rows(_ value: JSONValue?) -> [[Double]] {
      (value?.arrayValue ?? []).map { $0.arrayValue?.compactMap(\.numberValue) ?? [] }
    }
  }

  private func expect(_ logits: Tensor<Float>, are expected: [[Double]]) {
    #expect(logits.shape == [Self.images, Self.classes] && expected.count == Self.images)
    let largest = expected.flatMap(\.self).reduce(0) { max($0, abs($1)) }
    for (found, expected) in zip(logits.scalars, expected.flatMap(\.self)) {
      #expect(abs(Double(found) - expected) <= 1e-4 * largest)
    }
  }

  @Test(arguments: ["vgg16", "vgg16_bn", "resnet18", "resnet50"])
  func `logits, graph and lesions are those of PyTorch`(model: String) throws {
    let golden = try Golden(model).value
    let side = try #require(golden["side"]?.integerValue)
    let description = try KnownArchitecture.description(
      model, input: [3, side, side], classes: Self.classes)
    let units = try UnitLayers(description)
    let tensors = Self.tensors(description)
    let network = try UnitNetwork<Float>(units, tensors: tensors)
    let images = Self.repeated(999, [Self.images, 3, side, side]).permutingAxes([0, 2, 3, 1])
    func logits(_ sites: Sites<Float>? = nil) -> Tensor<Float> {
      let pass = ForwardPass(graph: Graph<Float>(), source: FrozenParameters(), sites: sites)
      return network.forward(pass.graph.constant(images), in: pass).tensor
    }
    expect(logits(), are: Golden.rows(golden["logits"]))

    let graph = WeightGraph(units, tensors: tensors)
    let takers = Golden.rows(golden["takers"]).map { $0.map { Int($0) } }
    #expect(graph.groups.count == takers.count + 1)
    for (group, takers) in takers.enumerated() {
      let found = graph.blocks.filter { $0.source == group }.map(\.target)
      #expect(found.sorted() == takers, "\(graph.groups[group].layer)")
    }
    if let flow = units.flow {
      #expect(flow.edgeCount == graph.blocks.reduce(0) { $0 + $1.weights.count })
    }
    let edges = Golden.rows(golden["edges"])
    #expect(edges.count >= 6)
    for edge in edges {
      let ends = edge.prefix(4).map { Int($0) }
      let block = try #require(
        graph.blocks.first { $0.source == ends[0] && $0.target == ends[2] })
      let found = block.weights[ends[1] * graph.groups[ends[2]].count + ends[3]]
      #expect(abs(found - edge[4]) <= 1e-9 * edge[4], "\(ends)")
    }

    let lesion = try #require(golden["lesion"])
    let group = try #require(lesion["group"]?.integerValue)
    let silent = Array(stride(from: 1, to: 24, by: 3))
    let sites = Sites<Float>()
    sites.zero(units.layers[group].site, units: silent)
    let expected = Golden.rows(lesion["logits"])
    expect(logits(sites), are: expected)
    #expect(sites.unvisited.isEmpty)
    let predictions = LesionEngine(network).predictions(
      of: images, under: [.none, Lesion(layer: group, units: silent)])
    #expect(predictions == [Golden.rows(golden["logits"]), expected].map { $0.map(largest) })
  }

  private func largest(_ row: [Double]) -> Int {
    row.indices.max { row[$0] < row[$1] } ?? 0
  }
}
