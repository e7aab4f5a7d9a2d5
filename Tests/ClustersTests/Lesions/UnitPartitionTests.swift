import Clusters
import NeuralNetworks
import Tensors
import Testing

@Suite struct UnitPartitionTests {
  private let random = RandomSource(seed: 5)
  private let partition = UnitPartition(
    layers: ["layers.0", "layers.1"],
    labels: [[0, 1, 1, -1, 0, 1, 2, 1], [3, 3, -1, 3]])

  @Test func `sub-clusters are the units of a cluster in a layer`() {
    let found = partition.subClusters()
    #expect(found.map(\.id) == ["1-0", "1-1", "1-2", "2-3"])
    #expect(found.map(\.units) == [[0, 4], [1, 2, 5, 7], [6], [0, 1, 3]])
    let shares: [Double] = [2.0 / 7, 4.0 / 7, 1.0 / 7, 1]
    #expect(found.map(\.proportion) == shares)
    #expect(found.map(\.layerUnits) == [8, 8, 8, 4])
    #expect(partition.subClusters(minimumSize: 2, maximumShare: 0.9).map(\.id) == ["1-0", "1-1"])
  }

  @Test func `labels of vertices become those of units`() throws {
    let units = try UnitLayers(.perceptron(input: [2], hidden: [3, 2], classes: 2))
    let labels = [
      ("inputs", [0, 1]), ("layers.0", [0, 1, 1]), ("layers.1", [1, -1]), ("layers.2", [0, 1]),
    ]
    let found = try UnitPartition(units, labels: labels.map { (layer: $0.0, labels: $0.1) })
    #expect(found.labels == [[0, 1, 1], [1, -1]])
    func message(_ labels: [(layer: String, labels: [Int])]) -> String? {
      do {
        _ = try UnitPartition(units, labels: labels)
        return nil
      } catch {
        return error.description
      }
    }
    #expect(
      message([("layers.9", [0])])
        == "there is no layer 'layers.9': the network has inputs, layers.0, layers.1, layers.2")
    #expect(
      message([("layers.0", [0])]) == "there are 1 labels of the layer 'layers.0': it has 3 units")
    #expect(message([("layers.0", [0, 0, 0])]) == "there are no labels of the layer 'layers.1'")
  }

  @Test func `shuffled labels are those of the layer`() {
    let shuffled = partition.shuffled { random.stream("shuffle/\($0)") }
    #expect(shuffled != partition && shuffled.layers == partition.layers)
    #expect(shuffled.labels.map { $0.sorted() } == partition.labels.map { $0.sorted() })
    #expect(shuffled.labels[0][3] == -1 && shuffled.labels[1][2] == -1)
  }

  @Test func `controls are as many live units of the layer`() {
    let labels = [(0..<60).map { $0 % 6 == 5 ? -1 : $0 % 3 }]
    let partition = UnitPartition(layers: ["layers.0"], labels: labels)
    let subCluster = partition.subClusters()[0]
    let draws = LesionControls(partition).draw(
      for: subCluster, count: 400, random: random.stream("draws"))
    #expect(Set(draws).count == 400)
    var counts = [Int](repeating: 0, count: 60)
    for draw in draws {
      #expect(Set(draw).count == subCluster.units.count && draw == draw.sorted())
      for unit in draw { counts[unit] += 1 }
    }
    // 20 of 50 units each: every live unit about 160 times.
    for unit in 0..<60 {
      #expect(labels[0][unit] < 0 ? counts[unit] == 0 : (110...210).contains(counts[unit]))
    }
    let others = LesionControls(partition).draw(
      for: subCluster, count: 50, excluding: [1, 4, 7], random: random.stream("others"))
    for draw in others { #expect(draw.count == 20 && Set(draw).isDisjoint(with: [1, 4, 7])) }
  }

  @Test func `controls may match norms`() throws {
    let labels = [(0..<50).map { $0 < 10 ? 0 : 1 }]
    let partition = UnitPartition(layers: ["layers.0"], labels: labels)
    // The norm of unit u is that of its place in the order 0, 7, 14, … modulo 50.
    let norms = [(0..<50).map { Double($0 * 7 % 50) }]
    let subCluster = partition.subClusters()[0]
    func tenths(_ units: [Int]) -> [Int] { units.map { $0 * 7 % 50 / 5 }.sorted() }
    let matched = LesionControls(partition, matching: norms).draw(
      for: subCluster, count: 30, random: random.stream("draws"))
    #expect(matched.allSatisfy { tenths($0) == tenths(subCluster.units) })
    #expect(Set(matched).count == 30)

    let units = try UnitLayers(.perceptron(input: [2], hidden: [2], classes: 2))
    let weights = ["layers.0.weight": Tensor<Float>([3, 4, 0, -2], shape: [2, 2])]
    #expect(LesionControls.incomingNorms(units, tensors: weights) == [[5, 2]])
  }
}
