import Clusters
import NeuralNetworks
import Tensors
import Testing

@Suite struct NetworkGraphTests {
  private let random = RandomSource(seed: 8)

  @Test func `edges of linear layers are absolute weights`() throws {
    let units = try UnitLayers(.perceptron(input: [3], hidden: [4, 2], classes: 2))
    let network = UnitNetwork<Float>(units, random: random)
    let graph = WeightGraph(units, tensors: network.tensors)
    #expect(graph.groups.map(\.layer) == ["inputs", "layers.0", "layers.1", "layers.2"])
    #expect(graph.groups.map(\.count) == [3, 4, 2, 2])
    for (index, block) in graph.blocks.enumerated() {
      let weight = try #require(network.tensors["layers.\(index).weight"])
      for input in 0..<weight.shape[1] {
        for output in 0..<weight.shape[0] {
          #expect(
            block.weights[input * weight.shape[0] + output]
              == Double(abs(weight[output, input])))
        }
      }
    }
    var settings = GraphSettings()
    settings.hasInputs = false
    let without = WeightGraph(units, tensors: network.tensors, settings: settings)
    #expect(without.groups.map(\.count) == [4, 2, 2])
    #expect(without.blocks.map(\.weights) == graph.blocks.dropFirst().map(\.weights))
  }

  private func normalized(isDirect: Bool) throws -> (UnitLayers, [String: Tensor<Float>]) {
    func block(_ number: Int, _ outputs: Int) -> [LayerDescription] {
      let norm = LayerDescription.batchNorm("norms.\(number)", epsilon: 1e-3)
      let relu = LayerDescription.activation(.relu)
      return [.convolution("c\(number)", outputs: outputs, kernel: 3, padding: 1)]
        + (isDirect ? [norm, relu] : [relu, norm])
    }
    let units = try UnitLayers(
      NetworkDescription(
        input: [6, 6, 1], layers: block(0, 3) + block(1, 4) + block(2, 5) + [.flatten()]))
    var tensors = UnitNetwork<Float>(units, random: random).tensors
    for number in 0..<3 {
      let width = units.layers[number].width
      tensors["norms.\(number).weight"] = random.stream("gamma\(number)")
        .uniform([width], in: -2...2)
      tensors["norms.\(number).running_var"] = random.stream("variance\(number)")
        .uniform([width], in: 0.5...2)
    }
    return (units, tensors)
  }

  private func blocks(
    _ units: UnitLayers, _ tensors: [String: Tensor<Float>], _ folding: BatchNormFolding
  ) -> [[Double]] {
    var settings = GraphSettings()
    settings.batchNorm = folding
    return WeightGraph(units, tensors: tensors, settings: settings).blocks.map(\.weights)
  }

  @Test(arguments: [false, true])
  func `batch normalisations multiply what they stand beside`(isDirect: Bool) throws {
    let (units, tensors) = try normalized(isDirect: isDirect)
    let plain = blocks(units, tensors, .none)
    let (exact, output) = (blocks(units, tensors, .exact), blocks(units, tensors, .output))
    func factor(_ norm: Int, _ channel: Int) throws -> Double {
      let gamma = try #require(tensors["norms.\(norm).weight"]?[channel])
      let variance = try #require(tensors["norms.\(norm).running_var"]?[channel])
      return Double(abs(gamma)) / (Double(variance) + 1e-3).squareRoot()
    }
    for block in 0..<2 {
      let columns = units.layers[block + 1].width
      for (index, weight) in plain[block].enumerated() {
        let (row, column) = (index / columns, index % columns)
        let front = try factor(block + 1, column)
        #expect(abs(output[block][index] - weight * front) < 1e-12)
        let expected = isDirect ? front : try factor(block, row)
        #expect(abs(exact[block][index] - weight * expected) < 1e-12)
      }
    }
  }

  @Test func `batch normalisations of linear layers`() throws {
    let units = try UnitLayers(
      NetworkDescription(
        input: [3],
        layers: [
          .linear("a", outputs: 2), .activation(.relu), .batchNorm("n", epsilon: 0),
          .linear("b", outputs: 4),
        ]))
    var tensors = UnitNetwork<Float>(units, random: random).tensors
    let plain = blocks(units, tensors, .none)
    tensors["n.weight"] = Tensor([2, -3], shape: [2])
    let (exact, output) = (blocks(units, tensors, .exact), blocks(units, tensors, .output))
    let factors: [Double] = [2, 3]
    #expect(exact[0] == plain[0] && output[1] == plain[1])
    #expect(exact[1] == plain[1].enumerated().map { $1 * factors[$0 / 4] })
    #expect(output[0] == plain[0].enumerated().map { $1 * factors[$0 % 2] })
  }

  @Test func `the exact graph does not see where a factor stands`() throws {
    let (units, tensors) = try normalized(isDirect: false)
    var moved = tensors
    for number in 0..<2 {
      // γ and β times c, the slices of the next kernel divided by it: the same function.
      let width = units.layers[number].width
      let next = units.layers[number + 1].weights[0].name
      var kernel = try #require(moved[next])
      for channel in 0..<width {
        let c = Float(1 + channel)
        moved["norms.\(number).weight"]?[channel] *= c
        moved["norms.\(number).bias"]?[channel] *= c
        for output in 0..<kernel.shape[0] {
          for place in 0..<9 { kernel[flat: (output * width + channel) * 9 + place] /= c }
        }
      }
      moved[next] = kernel
    }
    for (old, new) in zip(blocks(units, tensors, .exact), blocks(units, moved, .exact)) {
      for (a, b) in zip(old, new) { #expect(abs(a - b) < 1e-6 * a) }
    }
    #expect(blocks(units, tensors, .none) != blocks(units, moved, .none))
  }

  @Test(arguments: KernelNorm.allCases)
  func `edges of convolutions are norms of kernel slices`(norm: KernelNorm) throws {
    let units = try UnitLayers(.stacked(ConvolutionStack(input: [5, 5, 1], channels: [2, 3])))
    let tensors = UnitNetwork<Float>(units, random: random).tensors
    var settings = GraphSettings()
    settings.kernelNorm = norm
    let graph = WeightGraph(units, tensors: tensors, settings: settings)
    let kernel = try #require(tensors["convolutions.1.weight"])
    #expect(graph.groups.map(\.count) == [2, 3] && graph.blocks.count == 1)
    for input in 0..<2 {
      for output in 0..<3 {
        var (sum, square, columns) = (0.0, 0.0, [0.0, 0, 0])
        for row in 0..<3 {
          for column in 0..<3 {
            let element = Double(abs(kernel[output, input, row, column]))
            sum += element
            square += element * element
            columns[column] += element
          }
        }
        let expected =
          switch norm {
          case .sum: sum
          case .column: columns.max() ?? 0
          case .euclidean: square.squareRoot()
          }
        #expect(abs(graph.blocks[0].weights[input * 3 + output] - expected) < 1e-12)
      }
    }
  }
}
