import Clusters
import Foundation
import NeuralNetworks
import Statistics
import Tensors
import Testing

/// A network that adds modulo M, whose lesions have known effects.
///
/// Hidden unit (a, b) is 1 for the inputs a and b and says (a + b) mod M. A class without images is the
/// answer of a network that says nothing.
/// Reference: Hod, Filan, Casper, Critch, Russell, 2021, appendix A.3.
@Suite struct ModularSumTests {
  private static let modulus = 10
  private let random = RandomSource(seed: 4)
  private let controls = 20

  private func network() throws -> UnitNetwork<Float> {
    let m = Self.modulus
    var hidden = Tensor<Float>(zeros: [m * m, 2 * m])
    var readout = Tensor<Float>(zeros: [m + 1, m * m])
    var bias = Tensor<Float>(zeros: [m + 1])
    for a in 0..<m {
      for b in 0..<m {
        hidden[a * m + b, a] = 1
        hidden[a * m + b, m + b] = 1
        readout[(a + b) % m, a * m + b] = 1
      }
    }
    bias[m] = 0.5
    let units = try UnitLayers(.perceptron(input: [2 * m], hidden: [m * m], classes: m + 1))
    return try UnitNetwork(
      units,
      tensors: [
        "layers.0.weight": hidden, "layers.0.bias": Tensor(repeating: -1, shape: [m * m]),
        "layers.1.weight": readout, "layers.1.bias": bias,
      ])
  }

  private func lesions(_ cluster: (_ a: Int, _ b: Int) -> Int) throws -> [SubClusterLesion] {
    let m = Self.modulus
    let network = try network()
    var images = Tensor<Float>(zeros: [m * m, 2 * m])
    for index in 0..<(m * m) {
      images[index, index / m] = 1
      images[index, m + index % m] = 1
    }
    let partition = UnitPartition(
      layers: ["layers.0"], labels: [(0..<(m * m)).map { cluster($0 / m, $0 % m) }])
    let subClusters = partition.subClusters()
    let draws = LesionControls(partition)
    let sets = subClusters.map { subCluster in
      [subCluster.units]
        + draws.draw(
          for: subCluster, count: controls, random: random.stream("draws/\(subCluster.id)"))
    }
    let all = [Lesion.none] + sets.joined().map { Lesion(layer: 0, units: $0) }
    var counts = LesionCounts(lesions: all.count, classes: m + 1)
    LesionEngine(network).count(
      images, targets: (0..<(m * m)).map { ($0 / m + $0 % m) % m }, under: all, into: &counts)
    #expect(counts[0].overall == 1 && counts[0].macro == 1 && counts[0].classes[m].isNaN)
    return subClusters.enumerated().map { index, subCluster in
      let start = 1 + index * (controls + 1)
      return SubClusterLesion(
        subCluster, intact: counts[0], own: counts[start],
        controls: (1...controls).map { counts[start + $0] })
    }
  }

  private func p(_ lesion: SubClusterLesion, _ quantity: LesionQuantity, _ ties: TieMode) -> Double
  {
    ControlRank.p(rank: lesion[quantity].rank(ties, uniform: 0), controls: controls)
  }

  @Test func `losing a summand hits all classes alike`() throws {
    let found = try lesions { a, _ in a }
    #expect(found.count == 10)
    for lesion in found {
      #expect(lesion.own.overall == 0.9)
      #expect(Array(lesion.own.classes.prefix(10)) == [Double](repeating: 0.9, count: 10))
      #expect(lesion[.classRange].value == 0)
      // Ten random units lose ten inputs as well: all accuracies are equal.
      #expect(lesion[.accuracy].controls == [Double](repeating: 0.9, count: controls))
      #expect(p(lesion, .accuracy, .reference) == 1.0 / 21)
      #expect(p(lesion, .accuracy, .conservative) == 1)
      #expect(p(lesion, .accuracy, .mid) == 11.0 / 21)
      // Random units never hit all classes alike.
      for ties in TieMode.allCases { #expect(p(lesion, .classRange, ties) == 1) }
      #expect(lesion.category == .important)
      #expect(abs(lesion[.accuracy].effect - 1) < 1e-12)
    }
    let test = ClusterTest(
      found.map { $0[.accuracy] }, controls: controls, ties: .reference,
      uniforms: found.map { _ in 0 })
    let statistic: Double = 20 * log(42.0)
    #expect(abs(test.combination.fisherStatistic - statistic) < 1e-9)
    #expect(test.factor == 1 && abs(test.meanP - 1.0 / 21) < 1e-15)
    let careful = ClusterTest(
      found.map { $0[.accuracy] }, controls: controls, ties: .conservative,
      uniforms: found.map { _ in 0 })
    let exact = try #require(careful.combination.fisherExactP)
    #expect(abs(exact - 1) < 1e-12)
  }

  @Test func `losing a result hits one class`() throws {
    for lesion in try lesions({ a, b in (a + b) % Self.modulus }) {
      var expected = [Double](repeating: 1, count: 10)
      expected[lesion.subCluster.cluster] = 0
      #expect(Array(lesion.own.classes.prefix(10)) == expected)
      #expect(abs(lesion[.classRange].value - 10) < 1e-12)
      for ties in TieMode.allCases { #expect(p(lesion, .classRange, ties) == 1.0 / 21) }
      #expect(lesion[.classRange].effect > 1 && lesion[.classRange].factor < 1)
    }
  }
}
