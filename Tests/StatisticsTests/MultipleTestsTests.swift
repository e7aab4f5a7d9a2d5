import Store
import Testing

@testable import Statistics

@Suite struct MultipleTestsTests {
  @Test func thoseOfStatsmodels() throws {
    for row in try Fixture("multiple_tests").cases {
      let p = row["p"]?.numbers ?? []
      for procedure in MultipleTests.allCases {
        #expect(
          procedure.significant(p) == row["\(procedure.rawValue)_reject"]?.booleans,
          "\(procedure) of \(p)")
        let expected = row["\(procedure.rawValue)_adjusted"]?.numbers ?? []
        for (found, expected) in zip(procedure.adjusted(p), expected) {
          #expect(abs(found - expected) < 1e-12)
        }
      }
    }
  }

  @Test func undefinedValuesAreNoTests() {
    let p: [Double] = [0.04, .nan, 0.02]
    #expect(MultipleTests.benjaminiHochberg.significant(p) == [true, false, true])
    #expect(MultipleTests.holm.significant(p) == [true, false, true])
    #expect(MultipleTests.holm.adjusted(p)[1].isNaN)
    #expect(MultipleTests.holm.significant([]) == [])
  }

  /// Three equal values at the level: each is compared with its own bound.
  @Test func tiesAtTheLevel() {
    let p = [0.05, 0.05, 0.05]
    #expect(MultipleTests.benjaminiHochberg.significant(p) == [true, true, true])
    #expect(MultipleTests.holm.significant(p) == [false, false, false])
  }
}
