import Clusters
import Foundation
import NeuralNetworks
import Store
import Tensors
import Testing

/// Graphs of networks with shortcuts.
@Suite struct FlowGraphTests {
  private func block(_ name: String, _ outputs: Int, changes: Bool) -> [LayerDescription] {
    func convolution(
      _ name: String, _ norm: String, kernel: Int = 3, stride: Int = 1
    ) -> [LayerDescription] {
      [
        .convolution(
          name, outputs: outputs, kernel: kernel, stride: stride, padding: kernel / 2,
          hasBias: false), .batchNorm(norm),
      ]
    }
    let stride = changes ? 2 : 1
    return [
      .residual(
        name,
        convolution("conv1", "bn1", stride: stride) + [.activation(.relu)]
          + convolution("conv2", "bn2"),
        shortcut: changes
          ? convolution("downsample.0", "downsample.1", kernel: 1, stride: stride) : []),
      .activation(.relu),
    ]
  }

  private func network() throws -> NetworkDescription {
    try NetworkDescription(
      input: [8, 8, 3],
      layers: [
        .convolution("conv1", outputs: 4, kernel: 3, padding: 1, hasBias: false),
        .batchNorm("bn1"), .activation(.relu), .maxPooling(2),
      ] + block("layer1.0", 4, changes: false) + block("layer1.1", 4, changes: false)
        + block("layer2.0", 6, changes: true)
        + [.globalAveragePooling(), .linear("fc", outputs: 5)])
  }

  /// The tensors of the fixture: every name has numbers of its own.
  private func tensors(_ names: [String], _ network: NetworkDescription) -> [String: Tensor<Float>]
  {
    let shapes = Dictionary(
      uniqueKeysWithValues: network.outline.parameters.map { ($0.name, $0.shape) })
    var result: [String: Tensor<Float>] = [:]
    for (place, name) in names.enumerated() {
      // Running statistics have the shape of the factors beside them.
      let own = name.replacingOccurrences(of: "running_mean", with: "weight")
        .replacingOccurrences(of: "running_var", with: "weight")
      guard let shape = shapes[own] else { continue }
      let numbers = PlantedLayers.uniform(seed: 801 + UInt64(place), count: shape.count).map {
        let number = 2 * $0 - 1
        return Float(name.hasSuffix("running_var") ? abs(number) + 0.5 : number)
      }
      result[name] = Tensor(numbers, shape: shape)
    }
    return result
  }

  @Test func `a residual network has the graph that gradients tell`() throws {
    let fixture = try Fixture("flow_graph").value
    let description = try network()
    let names = fixture["names"]?.arrayValue?.compactMap(\.stringValue) ?? []
    let tensors = tensors(names, description)
    #expect(names.count == 42 && tensors.count == names.count)
    let units = try UnitLayers(description)
    let graph = WeightGraph(units, tensors: tensors)
    #expect(
      graph.groups.map(\.layer)
        == fixture["groups"]?.arrayValue?.compactMap(\.stringValue) ?? [])
    #expect(graph.groups.map(\.count) == fixture["sizes"]?.integers ?? [])
    let expected = fixture["adjacency"]?.rows ?? []
    let found = graph.naiveAdjacency()
    #expect(expected.count == 36)
    for (expected, found) in zip(expected, found) {
      for (expected, found) in zip(expected, found) {
        // Weights are single-precision numbers.
        #expect(abs(expected - found) <= 1e-6 * max(1, expected))
      }
    }
    var settings = GraphSettings()
    settings.batchNorm = .none
    let plain = WeightGraph(units, tensors: tensors, settings: settings)
    let kernel = try #require(tensors["layer2.0.conv2.weight"])
    let sum = (0..<9).reduce(0.0) { $0 + Double(abs(kernel.scalars[(2 * 6 + 1) * 9 + $1])) }
    let block = try #require(plain.blocks.first { $0.source == 5 })
    #expect(block.target == 7 && abs(block.weights[1 * 6 + 2] - sum) < 1e-12)
  }

  @Test func `a chain has the same graph in both ways`() throws {
    var stack = ConvolutionStack(input: [8, 8, 3], channels: [4, 5, 6])
    stack.poolAfter = [1]
    stack.dense = [7]
    let units = try UnitLayers(.stacked(stack))
    let tensors = UnitNetwork<Float>(units, random: RandomSource(seed: 3)).tensors
    let chain = WeightGraph(units, tensors: tensors)
    let flow = try ConvolutionFlow(units.description)
    let other = WeightGraph(flow, tensors: tensors)
    #expect(chain.groups.map(\.count) == other.groups.map(\.count))
    #expect(chain.blocks.map(\.weights) == other.blocks.map(\.weights))
    #expect(chain.blocks.map(\.target) == other.blocks.map(\.target))
    #expect(flow.vertices.map(\.layer) == ["convolutions.1", "convolutions.2", "dense.0"])
  }
}
