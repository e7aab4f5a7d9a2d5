import Clusters
import Foundation
import Statistics
import Testing

@Suite struct SubClusterLesionTests {
  private let intact = ClassAccuracies(overall: 0.9, classes: [0.8, 1, 0.9])

  private func accuracies(_ classes: [Double]) -> ClassAccuracies {
    ClassAccuracies(overall: classes.reduce(0, +) / Double(classes.count), classes: classes)
  }

  @Test func `quantities by hand`() {
    let own = accuracies([0.5, 0.7, 0.9])
    #expect(abs(own.classRange(against: intact) - 1.5) < 1e-12)
    #expect(abs(own.macro - 0.7) < 1e-15)
    #expect(accuracies([0.8, 1, 0.9]).classRange(against: intact).isNaN)
    #expect(accuracies([1, 0.5]).classRange(against: accuracies([0.5, 1])) == .infinity)
    let lost = ClassAccuracies(right: [1, 0, 3], images: [2, 0, 4])
    #expect(lost.overall == 4.0 / 6 && lost.classes[1].isNaN && lost.macro == 0.625)
    let lesion = SubClusterLesion(
      SubCluster(
        layer: 0, layerName: "layers.0", cluster: 1, units: Array(0..<20), layerUnits: 100,
        liveUnits: 90),
      intact: intact, own: own,
      controls: [accuracies([0.8, 0.9, 0.7]), accuracies([0.9, 0.7, 0.8])])
    #expect(abs(lesion.accuracyChange + 0.2) < 1e-12)
    #expect(abs(lesion[.accuracy].controlMean - 0.8) < 1e-12)
    #expect(abs(lesion[.accuracy].controlDeviation) < 1e-12)
    // Losses of .2 and .1.
    #expect(abs(lesion[.importance].effect - 4.0 / 3) < 1e-12)
    #expect(abs(lesion[.importance].factor - 8.0 / 7) < 1e-12)
    #expect(lesion.category == .important)
  }

  @Test func `effects of values without effect`() {
    func effect(_ own: Double, _ controls: [Double]) -> Double {
      ControlledValue(value: own, controls: controls, side: .right).effect
    }
    #expect(effect(2, [2, 2]) == 1 && effect(2, [0]) == 2 && effect(-1, [1]) == 0)
    #expect(effect(1, [-1]) == 0 && effect(.infinity, [3]) == 2 && effect(.nan, [3]).isNaN)
    #expect(ControlledValue(value: 0, controls: [3], side: .right).factor == .infinity)
    #expect(ControlledValue(value: 1, controls: [.nan, 2, 4], side: .right).controlMean == 3)
    #expect(ControlledValue(value: 1, controls: [2], side: .right).controlDeviation.isNaN)
  }

  @Test(arguments: [
    (1.0, 90, -0.5, 0.0, SubClusterCategory.complete), (0.05, 4, -0.5, 0, .small),
    (0.06, 5, -0.01, 0, .important), (0.2, 20, -0.009, 0, .significantButNotDifferent),
    (0.2, 20, -0.009, 20, .prunable), (0.2, 20, -0.02, 20, .leastImportant),
    (0.2, 20, -0.02, 1, .differentButNotSignificant), (0.2, 20, 0, 1, .other),
    (0.2, 20, 0.02, 0, .significantButNotDifferent),
  ])
  func `kinds of sub-clusters`(
    proportion: Double, units: Int, change: Double, rank: Double, category: SubClusterCategory
  ) {
    #expect(
      SubClusterCategory(
        proportion: proportion, units: units, layerUnits: 100, change: change, rank: rank,
        controls: 20) == category)
  }

  /// Ranges and p values of all modes against their definitions, over small numbers of right answers.
  @Test func `p values by brute force`() {
    let intact = ClassAccuracies(right: [2, 2], images: [2, 2])
    let all = (0...2).flatMap { a in
      (0...2).map { ClassAccuracies(right: [a, $0], images: [2, 2]) }
    }
    for own in all {
      let lesion = SubClusterLesion(
        SubCluster(
          layer: 0, layerName: "a", cluster: 0, units: [0], layerUnits: 10, liveUnits: 10),
        intact: intact, own: own, controls: all)
      func range(_ accuracies: ClassAccuracies) -> Double {
        let (a, b) = (1 - accuracies.classes[0], 1 - accuracies.classes[1])
        return a + b == 0 ? .nan : 2 * abs(a - b) / (a + b)
      }
      let (x, ranges) = (range(own), all.map(range))
      func key(_ value: Double) -> Double { value.isFinite ? value : -1 }
      let beyond = Double(ranges.count { key($0) > key(x) })
      let equal = Double(ranges.count { key($0) == key(x) })
      let value = lesion[.classRange]
      #expect(value.rank(.reference, uniform: 0) == Double(ranges.count { $0 > x }))
      #expect(value.rank(.conservative, uniform: 0) == Double(ranges.count { !($0 < x) }))
      #expect(value.rank(.mid, uniform: 0) == beyond + equal / 2)
      #expect(value.rank(.random, uniform: 0.999) == beyond + equal)
      #expect(
        lesion[.importance].rank(.reference, uniform: 0)
          == Double(all.count { $0.overall < own.overall }))
    }
  }
}
