import Clusters
import NeuralNetworks
import Tensors
import Testing

@Suite struct ClusterableInitializationTests {
  private let random = RandomSource(seed: 12)

  @Test(arguments: [false, true])
  func `weights inside modules are larger, the others smaller`(includesInputs: Bool) throws {
    let units = try UnitLayers(.perceptron(input: [20], hidden: [30, 25], classes: 12))
    let tensors = UnitNetwork<Float>(units, random: random).tensors
    var initialization = ClusterableInitialization()
    initialization.modules = 4
    initialization.includesInputs = includesInputs
    let found = initialization.applied(to: tensors, of: units, random: random)
    func ratios(_ layer: Int) throws -> (shape: Shape, [Double]) {
      let name = "layers.\(layer).weight"
      let (old, new) = try (#require(tensors[name]), #require(found[name]))
      return (old.shape, zip(new.scalars, old.scalars).map { Double($0 / $1) })
    }
    for layer in 0..<3 {
      #expect(found["layers.\(layer).bias"]?.scalars == tensors["layers.\(layer).bias"]?.scalars)
      let (shape, ratios) = try ratios(layer)
      guard layer > 0 || includesInputs else {
        #expect(ratios.allSatisfy { $0 == 1 })
        continue
      }
      let isSame = ratios.map { abs($0 - 2.2) < 1e-5 }
      #expect(zip(ratios, isSame).allSatisfy { $1 || abs($0 - 0.6) < 1e-5 })
      // Every unit belongs to one module: rows are equal or have nothing in common.
      let rows = (0..<shape[0]).map { Array(isSame[($0 * shape[1])..<(($0 + 1) * shape[1])]) }
      for a in rows {
        for b in rows { #expect(a == b || !zip(a, b).contains { $0 && $1 }) }
      }
      // Outputs belong to the modules of their classes.
      if layer == 2 { #expect(rows[0] == rows[4] && rows[1] == rows[5] && rows[0] != rows[1]) }
    }
  }

  @Test func `whole slices of kernels are multiplied, the first ones not`() throws {
    let units = try UnitLayers(.stacked(.small(input: [8, 8, 2], channels: [6, 7, 8])))
    let tensors = UnitNetwork<Float>(units, random: random).tensors
    var initialization = ClusterableInitialization()
    initialization.modules = 3
    initialization.includesInputs = true
    let found = initialization.applied(to: tensors, of: units, random: random)
    for name in ["convolutions.0.weight", "dense.0.weight", "classifier.weight"] {
      #expect(found[name]?.scalars == tensors[name]?.scalars)
    }
    for name in ["convolutions.1.weight", "convolutions.2.weight"] {
      let (old, new) = try (#require(tensors[name]), #require(found[name]))
      let ratios = zip(new.scalars, old.scalars).map { Double($0 / $1) }
      for (index, ratio) in ratios.enumerated() {
        #expect(abs(ratio - ratios[index / 9 * 9]) < 1e-5)
        #expect(abs(ratio - 1.4) < 1e-5 || abs(ratio - 0.8) < 1e-5)
      }
    }
  }
}
