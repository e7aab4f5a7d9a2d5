import Statistics
import Testing

@Suite struct PairwiseSumTests {
  @Test func addsAllValues() {
    for count in [0, 1, 7, 8, 9, 16, 17, 100, 1000] {
      let values = (0..<count).map(Double.init)
      #expect(PairwiseSum.sum(values) == Double(count * (count - 1) / 2))
    }
  }

  @Test func isMoreAccurateThanAddingFromLeftToRight() {
    let values = [Double](repeating: 0.1, count: 1 << 20)
    let exact = 104857.6
    #expect(abs(PairwiseSum.sum(values) - exact) < 1e-10)
    #expect(abs(values.reduce(0, +) - exact) > 1e-7)
  }

  @Test func transformsEachValueOnce() {
    var calls: [Int] = []
    let sum = PairwiseSum.sum(of: Array(0..<20)) { value -> Double in
      calls.append(value)
      return Double(value * value)
    }
    #expect(sum == 2470)
    #expect(calls == Array(0..<20))
  }

  @Test func spreadsNaN() {
    #expect(PairwiseSum.sum([1, .nan, 2]).isNaN)
  }
}
