import Foundation
import Statistics
import Testing

// Expected values: SciPy 1.17.1 (rankdata, spearmanr); the agreement of partitions is
// counted by hand.

@Suite struct RanksTests {
  @Test func equalValuesShareTheirRank() {
    #expect(Ranks.average([0, 0, 0, 1, 1, 2]) == [2, 2, 2, 4.5, 4.5, 6])
    #expect(Ranks.average([5, 6, 7, 8, 7]) == [1, 2, 3.5, 5, 3.5])
    #expect(Ranks.average([]) == [])
  }

  @Test func `the area under the curve counts pairs`() {
    let classes = [false, true, false, true]
    #expect(Ranks.areaUnderCurve([1, 2, 2, 3], isPositive: classes) == 3.5 / 4)
    #expect(Ranks.areaUnderCurve([-1, -2, -2, -3], isPositive: classes) == 0.5 / 4)
    #expect(Ranks.areaUnderCurve([7, 7, 7, 7], isPositive: classes) == 0.5)
    #expect(Ranks.areaUnderCurve([1, 2], isPositive: [true, true]) == nil)
    #expect(Ranks.areaUnderCurve([1, 2], isPositive: [false, false]) == nil)
  }

  @Test func rankCorrelations() {
    #expect(abs(Ranks.spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]) - 0.8207826816681233) < 1e-12)
    #expect(Ranks.spearman([1, 2, 3, 4], [4, 3, 2, 1]) == -1)
    #expect(Ranks.spearman([1, 1, 1, 1], [1, 2, 3, 4]).isNaN)
  }

  @Test func agreementOfPartitions() {
    let same = PartitionAgreement([0, 0, 1, 1, 2, 2], [5, 5, 7, 7, 0, 0])
    #expect(same.adjustedRandIndex == 1)
    #expect(abs(same.normalizedMutualInformation - 1) < 1e-12)
    let other = PartitionAgreement([0, 0, 1, 1, 2, 2], [0, 0, 1, 2, 2, 2])
    #expect(abs(other.adjustedRandIndex - 0.4444444444444444) < 1e-12)
    let (a, b) = (log(3.0), log(3.0) / 3 + log(6.0) / 6 + log(2.0) / 2)
    let joint = 2 * log(3.0) / 3 + log(6.0) / 3
    #expect(abs(other.normalizedMutualInformation - 2 * (a + b - joint) / (a + b)) < 1e-12)
    let crossed = PartitionAgreement([0, 0, 1, 1], [0, 1, 0, 1])
    #expect(abs(crossed.adjustedRandIndex + 0.5) < 1e-12)
    #expect(crossed.normalizedMutualInformation < 1e-12)
    #expect(PartitionAgreement([0, 0], [3, 3]).adjustedRandIndex == 1)
  }
}
