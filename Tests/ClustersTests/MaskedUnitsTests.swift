import Clusters
import Foundation
import Tensors
import Testing

/// Units that masks keep beside clusters.
@Suite struct MaskedUnitsTests {
  @Test func unitsWithAKeptWeightThatHaveAClusterCount() {
    // Five units of three inputs; the last but one has no cluster.
    let units = MaskedUnits(
      bits: [0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0], labels: [0, 1, 1, -1, 0])
    #expect(units.kept == [0, 1, 1, 0])
    #expect(units.labels == [0, 1, 1, 0])
    #expect(abs(units.agreement.mutualInformation - log(2)) < 1e-15)
    // One of three partitions of four units into pairs is that of the masks, the others say nothing.
    let chance = units.chance(
      samples: 3000, random: RandomSource(seed: 1).stream("chance"))
    #expect(abs(chance - log(2) / 3) < 0.03)
  }

  @Test func masksOfAllOrNoUnitsSayNothing() {
    for bit in [UInt8(0), 1] {
      let units = MaskedUnits(bits: [UInt8](repeating: bit, count: 8), labels: [0, 1, 0, 1])
      #expect(units.agreement.mutualInformation == 0)
      #expect(units.chance(samples: 5, random: RandomSource(seed: 1).stream("chance")) == 0)
    }
    let none = MaskedUnits(bits: [], labels: [])
    #expect(none.kept.isEmpty && none.labels.isEmpty)
  }
}
