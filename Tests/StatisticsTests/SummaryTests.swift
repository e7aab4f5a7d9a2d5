import Statistics
import Testing

@Suite struct SummaryTests {
  @Test func summarisesAFewValues() throws {
    // Expected values: NumPy and SciPy 1.17.1.
    let summary = Summary(of: [0.97, 0.88, 0.93, 0.99, 0.915])
    #expect(summary.n == 5)
    #expect(summary.nFailed == 0)
    #expect(isClose(try #require(summary.mean), 0.937))
    #expect(isClose(try #require(summary.standardDeviation), 0.043817804600413277))
    #expect(isClose(try #require(summary.standardError), 0.01959591794226542))
    #expect(isClose(try #require(summary.confidenceLow), 0.8825930095473397))
    #expect(isClose(try #require(summary.confidenceHigh), 0.9914069904526605))
    #expect(summary.minimum == 0.88)
    #expect(summary.maximum == 0.99)
  }

  @Test func oneValueHasNoSpread() {
    let summary = Summary(of: [3])
    #expect(summary.n == 1)
    #expect(summary.mean == 3)
    #expect(summary.standardDeviation == nil)
    #expect(summary.standardError == nil)
    #expect(summary.confidenceLow == nil)
    #expect(summary.confidenceHigh == nil)
    #expect(summary.minimum == 3)
    #expect(summary.maximum == 3)
  }

  @Test func noValueHasNoStatistics() {
    let summary = Summary(of: [], failures: 2)
    #expect(summary.n == 0)
    #expect(summary.nFailed == 2)
    #expect(summary.mean == nil)
    #expect(summary.minimum == nil)
  }

  @Test func leavesOutWhatIsNotFiniteAndCountsIt() {
    let summary = Summary(of: [1, .nan, 3, .infinity, -.infinity], failures: 1)
    #expect(summary.n == 2)
    #expect(summary.nFailed == 4)
    #expect(summary.mean == 2)
    #expect(summary.standardDeviation == 2.squareRoot())
    #expect(summary.maximum == 3)
  }

  @Test func equalValuesHaveExactlyTheirOwnMeanAndNoSpread() {
    for count in 2...50 {
      let summary = Summary(of: [Double](repeating: 0.1, count: count))
      #expect(summary.mean == 0.1)
      #expect(summary.standardDeviation == 0)
      #expect(summary.confidenceLow == 0.1)
    }
  }

  @Test func hugeValuesDoNotOverflow() {
    let summary = Summary(of: [1.7e308, 1.7e308, 1.7e308])
    #expect(summary.mean == 1.7e308)
  }

  @Test func medians() {
    #expect(Summary.median(of: [3, 1, 2]) == 2)
    #expect(Summary.median(of: [4, 1, 2, 3]) == 2.5)
    #expect(Summary.median(of: [.nan, 7, .infinity]) == 7)
    #expect(Summary.median(of: [.nan]) == nil)
    #expect(Summary.median(of: [-1.7e308, 1.7e308, 1.7e308, 1.7e308]) == 1.7e308)
  }

  @Test func largeOffsetsDoNotSpoilTheSpread() throws {
    let summary = Summary(of: [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])
    #expect(isClose(try #require(summary.standardDeviation), 30.squareRoot()))
  }
}
