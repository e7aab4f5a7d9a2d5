import Clusters
import Statistics
import Store
import Testing

/// The published lesions of six partitions: accuracies by class under the true and under 20 random
/// lesions of every sub-cluster, and what the published code makes of them.
@Suite struct LesionVectorsTests {
  private let controls = 20

  /// Accuracies are stored in thousandths, two digits of base 36 each.
  private func accuracies(_ text: Substring) -> ClassAccuracies {
    let digits = Array(text)
    let classes = stride(from: 0, to: digits.count, by: 2).map { place in
      Double(Int(String(digits[place...(place + 1)]), radix: 36) ?? -1) / 1000
    }
    return ClassAccuracies(overall: .nan, classes: classes)
  }

  private func lesions(_ network: JSONValue) throws -> [SubClusterLesion] {
    let layers = try #require(network["layers"]).integers
    let clusters = try #require(network["clusters"]).integers
    let units = try #require(network["units"]).integers
    let intact = accuracies(Substring(try #require(network["intact"]?.stringValue)))
    let own = try #require(network["true"]?.arrayValue)
    let random = try #require(network["random"]?.arrayValue)
    return try layers.indices.map { index in
      let text = try #require(random[index].stringValue)
      let length = text.count / controls
      let draws = (0..<controls).map { draw in
        accuracies(text.dropFirst(draw * length).prefix(length))
      }
      return SubClusterLesion(
        SubCluster(
          layer: layers[index] - 1, layerName: "layers.\(layers[index] - 1)",
          cluster: clusters[index], units: Array(0..<units[index]), layerUnits: 256,
          liveUnits: 256),
        intact: intact, own: accuracies(Substring(try #require(own[index].stringValue))),
        controls: draws)
    }
  }

  @Test func `p values are those of the published code`() throws {
    let networks = try #require(try Fixture("lesions").value["networks"]?.arrayValue)
    #expect(networks.count == 6)
    for network in networks {
      let lesions = try lesions(network)
      let expected = try #require(network["expected"])
      func check(_ found: Double?, _ key: String, _ expected: Double?) {
        let (found, expected) = (found ?? .nan, expected ?? .nan)
        #expect(abs(found - expected) <= 1e-9 * expected, "\(key): \(found) for \(expected)")
      }
      func check(_ quantity: LesionQuantity, _ key: String) throws {
        let values = lesions.map { $0[quantity] }
        let p = values.map {
          ControlRank.p(rank: $0.rank(.reference, uniform: 0), controls: controls)
        }
        for (index, expected) in try #require(expected["p_\(key)"]).numbers.enumerated() {
          check(p[index], "p_\(key)", expected)
        }
        for ties in [TieMode.reference, .conservative] {
          let test = ClusterTest(
            values, controls: controls, ties: ties, uniforms: values.map { _ in 0 })
          let suffix = ties == .conservative ? "_tie_conservative" : ""
          for (name, found) in [
            ("fisher", test.combination.fisherP), ("chi2", test.combination.categoricalP),
          ] {
            let key = "\(key)_\(name)_p\(suffix)"
            guard let expected = expected[key]?.numberValue else { continue }
            check(found, key, expected)
          }
        }
      }
      try check(.importance, "importance")
      try check(.classRange, "range")
      for (index, range) in (expected["range_true"]?.arrayValue ?? []).enumerated() {
        let found = lesions[index][.classRange].value
        // A mean change that is 0 up to rounding makes the range as large as its inverse.
        if let range = range.numberValue {
          #expect(abs(found - range) <= 1e-9 * range || (found > 1e12 && range > 1e12))
        } else {
          #expect(!found.isFinite)
        }
      }
    }
  }
}
