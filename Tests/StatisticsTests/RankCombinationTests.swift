import Foundation
import Store
import Testing

@testable import Statistics

@Suite struct RankCombinationTests {
  @Test func fisherAndCategorical() throws {
    for row in try Fixture("combine_pvalues").cases {
      let test = RankCombination(
        ranks: row["ranks"]?.numbers ?? [], controls: Int(row.number("n_random")))
      func expect(_ found: Double?, _ key: String) {
        let (found, expected) = (found ?? .nan, row.number(key))
        #expect(abs(found - expected) <= 1e-10 * expected, "\(key) of \(test)")
      }
      expect(test.fisherStatistic, "fisher_stat")
      expect(test.fisherP, "fisher_p")
      expect(test.categoricalStatistic, "chi2_stat")
      expect(test.categoricalP, "chi2_p")
    }
  }

  @Test func exactFisher() throws {
    for row in try Fixture("fisher_exact").cases {
      let test = RankCombination(
        ranks: row["ranks"]?.numbers ?? [], controls: Int(row.number("n_random")))
      let expected = row.number("fisher_exact_p")
      let found = try #require(test.fisherExactP)
      #expect(abs(found - expected) <= 0.02 * expected, "\(found) for \(expected)")
      let published = row.number("fisher_p")
      #expect(abs(test.fisherP - published) <= 1e-10 * published)
    }
  }

  /// All 4³ outcomes of three ranks among three controls.
  @Test func exactFisherByEnumeration() throws {
    func statistic(_ ranks: [Double]) -> Double {
      RankCombination(ranks: ranks, controls: 3).fisherStatistic
    }
    let levels = [0.0, 1, 2, 3]
    let all = levels.flatMap { a in levels.flatMap { b in levels.map { [a, b, $0] } } }
    for ranks in all {
      let count = all.count { statistic($0) >= statistic(ranks) - 1e-9 }
      let found = try #require(RankCombination(ranks: ranks, controls: 3).fisherExactP)
      #expect(abs(found - Double(count) / 64) < 1e-12, "\(ranks)")
    }
  }

  /// The most extreme outcome of 100 ranks has probability 21⁻¹⁰⁰.
  @Test func farTail() throws {
    let test = RankCombination(ranks: [Double](repeating: 0, count: 100), controls: 20)
    let found = try #require(test.fisherExactP)
    #expect(abs(log(found) + 100 * log(21)) < 1e-9)
  }

  @Test func nothingToCombine() {
    let none = RankCombination(ranks: [], controls: 20)
    #expect(none.fisherStatistic.isNaN && none.fisherP.isNaN && none.meanCost.isNaN)
    #expect(none.fisherExactP?.isNaN == true && none.categoricalP?.isNaN == true)
    let halves = RankCombination(ranks: [0.5, 3], controls: 20)
    #expect(halves.fisherExactP == nil && halves.categoricalStatistic == nil)
    #expect(halves.fisherP > 0 && halves.fisherP < 1)
  }

  @Test func bates() {
    #expect(Bates.lowerTail(0.3, n: 1) == 0.3)
    // Two uniform numbers have a triangular sum.
    #expect(abs(Bates.lowerTail(0.25, n: 2) - 0.125) < 1e-15)
    #expect(abs(Bates.lowerTail(0.75, n: 2) - 0.875) < 1e-15)
    // P(sum of 5 ≤ 1) = 1/5!.
    #expect(abs(Bates.lowerTail(0.2, n: 5) - 1 / 120) < 1e-15)
    #expect(Bates.lowerTail(0, n: 5) == 0 && Bates.lowerTail(1, n: 5) == 1)
    #expect(abs(Bates.lowerTail(0.5, n: 20) - 0.5) < 1e-7)
  }
}
