import Clusters
import Foundation
import Store

/// A JSON fixture; how each was made is told in `tools/goldens/README.md`.
struct Fixture {
  let value: JSONValue

  init(_ name: String) throws {
    let path = (Bundle.module.resourcePath ?? "") + "/Fixtures/\(name).json"
    value = try JSONValue.parse(
      try String(contentsOfFile: path, encoding: .utf8), file: "\(name).json")
  }
}

extension JSONValue {
  var numbers: [Double] { arrayValue?.compactMap(\.numberValue) ?? [] }
  var integers: [Int] { numbers.map { Int($0) } }
  var rows: [[Double]] { arrayValue?.map(\.numbers) ?? [] }
}

extension WeightGraph {
  /// A chain of layers with signed weights, inputs×outputs each.
  static func chain(_ weights: [[[Double]]]) -> WeightGraph {
    let counts = weights.map(\.count) + [weights.last?.first?.count ?? 0]
    return WeightGraph(
      chain: counts.enumerated().map { Group(layer: "layers.\($0.offset)", count: $0.element) },
      weights: weights.map { $0.flatMap { row in row.map { abs($0) } } })
  }

  /// Row i of the adjacency matrix, by a naive double loop over the blocks.
  func naiveAdjacency() -> [[Double]] {
    var offsets = [0]
    for group in groups { offsets.append(offsets[offsets.count - 1] + group.count) }
    var matrix = [[Double]](
      repeating: [Double](repeating: 0, count: vertexCount), count: vertexCount)
    for block in blocks {
      for row in 0..<groups[block.source].count {
        for column in 0..<groups[block.target].count {
          let weight = block.weights[row * groups[block.target].count + column]
          matrix[offsets[block.source] + row][offsets[block.target] + column] += weight
          matrix[offsets[block.target] + column][offsets[block.source] + row] += weight
        }
      }
    }
    return matrix
  }
}

/// Weights of random layers whose units i and j prefer each other when i ≡ j modulo k.
enum PlantedLayers {
  private static func splitMix(_ state: UInt64) -> UInt64 {
    var z = state &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Numbers in 0…1: `uniform` of `tools/goldens/clusters.py`.
  static func uniform(seed: UInt64, count: Int) -> [Double] {
    (0..<count).map { Double(splitMix(seed << 32 + UInt64($0)) >> 11) * 0x1p-53 }
  }

  static func weights(
    _ sizes: [Int], clusters: Int, up: Double, down: Double, seed: UInt64
  ) -> [[[Double]]] {
    (0..<(sizes.count - 1)).map { layer in
      let columns = sizes[layer + 1]
      let numbers = uniform(seed: seed + UInt64(layer), count: sizes[layer] * columns)
      return (0..<sizes[layer]).map { row in
        (0..<columns).map { column in
          (2 * numbers[row * columns + column] - 1)
            * (row % clusters == column % clusters ? up : down)
        }
      }
    }
  }

  /// The smallest share of each layer's weights set to 0.
  static func pruned(_ weights: [[[Double]]], share: Double) -> [[[Double]]] {
    weights.map { matrix in
      var flat = matrix.flatMap { $0 }
      let order = flat.indices.sorted { (abs(flat[$0]), $0) < (abs(flat[$1]), $1) }
      for index in order.prefix(Int((share * Double(flat.count)).rounded())) { flat[index] = 0 }
      let columns = matrix[0].count
      return (0..<matrix.count).map { Array(flat[($0 * columns)..<(($0 + 1) * columns)]) }
    }
  }
}
