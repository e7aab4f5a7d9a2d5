import Store
import Testing

@testable import Statistics

@Suite struct ControlRankTests {
  private func p(
    _ x: Double, _ controls: [Double], _ side: ControlRank.Side, _ ties: TieMode,
    uniform: Double = 0
  ) -> Double {
    ControlRank.p(
      rank: ControlRank.rank(of: x, among: controls, side: side, ties: ties, uniform: uniform),
      controls: controls.count)
  }

  @Test func publishedRule() throws {
    let controls = [0.5, 0.7, 0.7, 0.9, 0.9, 0.9, 1.1, 1.3]
    for row in try Fixture("percentile_p").cases {
      let x = row.number("x")
      func expect(_ found: Double, _ key: String) {
        #expect(abs(found - row.number(key)) < 1e-15, "\(key) of \(x)")
      }
      expect(p(x, controls, .left, .reference), "left")
      expect(p(x, controls, .right, .reference), "right")
      expect(p(x, controls, .left, .conservative), "left_conservative")
      expect(p(x, controls, .right, .conservative), "right_conservative")
      expect(p(x, controls, .left, .mid), "left_mid")
    }
  }

  /// Values that are no numbers, in all modes.
  @Test func tiesAndUndefinedValues() throws {
    for row in try Fixture("percentile_p_ties").cases {
      let (x, controls) = (row.number("x"), row["random"]?.numbers ?? [])
      for (side, name) in [(ControlRank.Side.left, "left"), (.right, "right")] {
        for ties in [TieMode.reference, .conservative, .mid] {
          let expected = row.number("\(name)_\(ties)")
          #expect(abs(p(x, controls, side, ties) - expected) < 1e-15, "\(x) \(controls) \(ties)")
        }
        for uniform in [0.0, 0.4, 0.999] {
          let expected = row.number("\(name)_random_u\(uniform)")
          let found = p(x, controls, side, .random, uniform: uniform)
          #expect(abs(found - expected) < 1e-15, "\(x) \(controls) \(uniform)")
        }
      }
    }
  }

  /// All modes by counting, for every value among small integers and values that are no numbers.
  @Test func modesByBruteForce() {
    let values: [Double] = [0, 1, 2, .nan, .infinity, -.infinity]
    for x in values {
      for a in values {
        for b in values {
          let controls = [a, b]
          // Least extreme: below everything on the right side.
          func key(_ value: Double) -> Double { value.isFinite ? value : -1 }
          let above = controls.count { key($0) > key(x) }
          let equal = controls.count { key($0) == key(x) }
          func rank(_ ties: TieMode, _ uniform: Double = 0) -> Double {
            ControlRank.rank(of: x, among: controls, side: .right, ties: ties, uniform: uniform)
          }
          #expect(rank(.mid) == Double(above) + Double(equal) / 2)
          let draws = (0...equal).map { rank(.random, (Double($0) + 0.5) / Double(equal + 1)) }
          #expect(draws == (0...equal).map { Double(above + $0) })
          #expect(rank(.reference) == Double(controls.count { $0 > x }))
          #expect(rank(.conservative) == Double(controls.count - controls.count { $0 < x }))
        }
      }
    }
  }

  /// With ties broken at random p is uniform: 2,000 values among 9 controls, all numbers from 0 to 3.
  @Test func randomModeIsUniform() {
    var state: UInt64 = 7
    func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) * 0x1p-53
    }
    func draw() -> Double { (4 * next()).rounded(.down) }
    let ranks = (0..<2000).map { _ in
      let (x, controls) = (draw(), (0..<9).map { _ in draw() })
      return ControlRank.rank(of: x, among: controls, side: .left, ties: .random, uniform: next())
    }
    let test = RankCombination(ranks: ranks, controls: 9)
    #expect(test.categoricalP.map { $0 > 0.01 } == true)
  }
}
