import ExperimentKit
import Store
import TestSupport
import Testing

@Suite struct ClaimCheckerTests {
  /// Results in the shape of those for addition and multiplication.
  private var results: MemoryResults {
    var folder = MemoryResults()
    folder.add(.accuracy, ["pretrained", "none", "add"], "accuracy", [0.99, 1, 0.98])
    folder.add(.accuracy, ["pretrained", "none", "mul"], "accuracy", [0.97, 0.99, 1])
    folder.add(.accuracy, ["pretrained", "none", "iid"], "accuracy", [0.98, 1, 1])
    folder.add(.accuracy, ["pretrained", "none", "iid"], "loss", [5, 6, 7])
    folder.add(.accuracy, ["full", "mask", "iid"], "accuracy", [0.96, 0.99, 0.97])
    for (layer, add, mul) in [("l0", 10.0, 20.0), ("l1", 30, 90), ("l2", 10, 40)] {
      folder.add(.layerStats, ["add", layer], "n_kept", [add, 2 * add, 3 * add])
      folder.add(.layerStats, ["mul", layer], "n_kept", [mul, mul, mul])
      folder.add(.layerStats, ["add", layer], "shared_frac", [0.5, 0.6, add / 100])
      folder.add(.layerStats, ["mul", layer], "shared_frac", [0.4, 0.5, mul / 1000])
    }
    folder.add(.layerStats, ["add", "all"], "n_kept", [50, 100, 150])
    folder.add(.layerStats, ["mul", "all"], "n_kept", [150, 150, 150])
    for bin in 0..<10 {
      folder.add(.maskHistogram, ["full", CSVNumber.format(Double(bin) / 10)], "count", [1, 2, 3])
    }
    return folder
  }

  private func mean(_ measure: String, _ rest: String = "holds: {above: 0}") throws -> Double? {
    try results.check(measure, rest).first?.mean
  }

  private func isNear(_ value: Double?, _ expected: Double) -> Bool {
    value.map { abs($0 - expected) < 1e-12 } ?? false
  }

  @Test func resultsTellEverything() throws {
    let all = try results.check(
      "accuracy.accuracy[stage=pretrained, mask_mode=none, eval_set=iid]",
      "holds: {quick: {at-least: 0.99}}")
    let result = try #require(all.first)
    #expect(all.count == 1)
    #expect(result.id == "a" && result.claim == "b" && result.source == "c")
    #expect(result.published == "d")
    #expect(result.profile == "quick")
    #expect(result.subject == "main")
    #expect(result.criterion == "≥ 0.99")
    #expect(isNear(result.mean, 2.98 / 3))
    #expect(isNear(result.standardDeviation, (4.0 / 30000).squareRoot()))
    #expect(result.n == 3)
    #expect(result.holds == true)
    #expect(result.reason == nil)
    #expect(result.json["holds"] == true)
    #expect(result.json["n"] == 3)
  }

  @Test func functionsAreAppliedPerSeed() throws {
    let measure = "min(accuracy.accuracy[stage=pretrained, mask_mode=none, eval_set=add|mul])"
    #expect(isNear(try mean(measure), (0.97 + 0.99 + 0.98) / 3))
    #expect(isNear(try mean(measure.replacing("min", with: "max")), (0.99 + 1 + 1) / 3))
    #expect(isNear(try mean(measure.replacing("min", with: "mean")), (0.98 + 0.995 + 0.99) / 3))
    #expect(isNear(try mean(measure.replacing("min", with: "sum")), (1.96 + 1.99 + 1.98) / 3))
  }

  @Test func arithmetic() throws {
    let iid = "accuracy.accuracy[stage=pretrained, mask_mode=none, eval_set=iid]"
    let full = "accuracy.accuracy[stage=full, mask_mode=mask, eval_set=iid]"
    #expect(isNear(try mean("\(iid) - \(full)"), (0.02 + 0.01 + 0.03) / 3))
    #expect(isNear(try mean("abs(\(full) - \(iid))"), (0.02 + 0.01 + 0.03) / 3))
    #expect(isNear(try mean("1 + 2 * \(iid) / 2 - (3 - 2)"), 2.98 / 3))
    #expect(isNear(try mean("-\(iid)"), -2.98 / 3))
    #expect(isNear(try mean("max(\(iid), 5e-1, 1.5)"), 1.5))
    #expect(isNear(try mean("2 - 1 - 1 + \(iid) * 0"), 0))
    #expect(isNear(try mean("8 / 4 / 2 + \(iid) * 0"), 1))
  }

  @Test func spreadAndRoots() throws {
    let all = "accuracy.accuracy[stage=pretrained, mask_mode=none]"
    #expect(isNear(try mean("count(\(all))"), 3))
    // Seed 0: .99, .97, .98; seed 1: 1, .99, 1; seed 2: .98, 1, 1.
    let deviations = [0.0001, 0.0001 / 3, 0.0004 / 3].map { $0.squareRoot() }
    #expect(isNear(try mean("std(\(all))"), deviations.reduce(0, +) / 3))
    #expect(isNear(try mean("min(sqrt(\(all) * \(all)))"), (0.97 + 0.99 + 0.98) / 3))
    #expect(try mean("std(accuracy.accuracy[stage=full, mask_mode=mask])") == nil)
  }

  @Test func comparisonsCount() throws {
    let all = "accuracy.accuracy[stage=pretrained, mask_mode=none]"
    // Seed 0: .99, .97, .98; seed 1: 1, .99, 1; seed 2: .98, 1, 1.
    #expect(isNear(try mean("mean(\(all) < 0.98)"), 1.0 / 9))
    #expect(isNear(try mean("mean(\(all) <= 0.98)"), 3.0 / 9))
    #expect(isNear(try mean("mean(\(all) > 0.98)"), 6.0 / 9))
    #expect(isNear(try mean("mean(\(all)>=0.98)"), 8.0 / 9))
    // Sums come first, and both sides may be selections.
    #expect(isNear(try mean("sum(2 * \(all) + 1 >= 1 + 2 * \(all))"), 3))
    #expect(isNear(try mean("1 - (0 * min(\(all)) > 1)"), 1))
    // What is undefined is neither above nor below.
    #expect(try mean("mean(0 / (\(all) - \(all)) < 1)") == nil)
  }

  @Test func theMedianOverSeeds() throws {
    let measure = "accuracy.accuracy[stage=full, mask_mode=mask, eval_set=iid]"
    let result = try #require(
      try results.check(measure, "aggregate: median\nholds: {above: 0.965, below: 0.972}").first)
    // The mean is .9733.
    #expect(result.mean == 0.97)
    #expect(result.criterion == "> 0.965 and < 0.972 for the median")
    #expect(result.holds == true)
    #expect(result.n == 3)
  }

  @Test func ratiosOfMeansDifferFromMeansOfRatios() throws {
    let ratio =
      "layer_stats.n_kept[stage=mul, layer=all] / layer_stats.n_kept[stage=add, layer=all]"
    #expect(isNear(try mean(ratio), (3 + 1.5 + 1) / 3))
    #expect(isNear(try mean(ratio, "aggregate: of-means\nholds: {above: 0}"), 1.5))
    // The same from the layers, in which the rows named all take no part.
    let sums =
      "sum(layer_stats.n_kept[stage=mul, layer!=all])"
      + " / sum(layer_stats.n_kept[stage=add, layer!=all])"
    #expect(isNear(try mean(sums, "aggregate: of-means\nholds: {above: 0}"), 1.5))
  }

  @Test func vectorsMatchByTheRemainingKeys() throws {
    let difference =
      "layer_stats.shared_frac[stage=add, layer!=all]"
      + " - layer_stats.shared_frac[stage=mul, layer!=all]"
    // Seed 2: .1 − .02, .3 − .09, .1 − .04.
    #expect(isNear(try mean("min(\(difference))"), (0.1 + 0.1 + 0.06) / 3))
    let ratio =
      "layer_stats.n_kept[stage=mul, layer!=all] / layer_stats.n_kept[stage=add, layer!=all]"
    #expect(isNear(try mean("max(\(ratio))", "aggregate: of-means\nholds: {above: 0}"), 2))
  }

  @Test func vectorsMatchWhereOneHasMoreKeys() throws {
    // Stage and layer on the left, layer on the right.
    let measure =
      "sum(layer_stats.n_kept[layer!=all] / layer_stats.n_kept[stage=add, layer!=all])"
    #expect(isNear(try mean(measure, "aggregate: of-means\nholds: {above: 0}"), 3 + 1 + 1.5 + 2))
  }

  @Test func valuesWithoutCounterpartAreNoMeasure() throws {
    let result = try results.check(
      "sum(layer_stats.n_kept[stage=add] - layer_stats.n_kept[stage=mul, layer!=all])")
    #expect(result.first?.holds == nil)
    #expect(result.first?.reason == "the value at layer=all has no counterpart")
  }

  @Test func numericConditions() throws {
    func count(_ condition: String) throws -> Double? {
      try mean("sum(mask_histogram.count[stage=full, \(condition)])")
    }
    #expect(try count("bin_low>=0.1, bin_low<0.9") == 16)
    #expect(try count("bin_low>0.1") == 16)
    #expect(try count("bin_low<=0.1") == 4)
    #expect(try count("bin_low!=0") == 18)
    #expect(try count("bin_low=0.50") == 2)
    #expect(try count("bin_low=0|0.1|0.2") == 6)
  }

  @Test func wildcards() throws {
    #expect(try mean("sum(layer_stats.n_kept[stage=mul, layer=l*])") == 150)
    #expect(try mean("sum(layer_stats.n_kept[stage=mul, layer!=l?])") == 150)
    #expect(try mean("sum(layer_stats.n_kept[stage=m?l, layer=?1])") == 90)
  }

  // MARK: - Criteria

  @Test(arguments: [
    ("at-least: 2", true), ("at-least: 2.01", false), ("at-most: 2", true), ("at-most: 1.9", false),
    ("above: 2", false), ("above: 1.9", true), ("below: 2", false), ("below: 2.1", true),
    ("equals: 2", true), ("equals: 2.5", false), ("equals: 2.5, tolerance: 0.5", true),
    ("equals: 1.4, tolerance: 0.5", false), ("at-least: 1, at-most: 3", true),
    ("at-least: 1, at-most: 1.5", false), ("at-least: 1, margin-stds: 1", true),
    ("at-least: 1.1, margin-stds: 1", false), ("at-most: 3, margin-stds: 1", true),
    ("at-most: 3, margin-stds: 1.1", false), ("above: 0, at-least-seeds: 1", true),
    ("above: 1, at-least-seeds: 0.6", true), ("above: 1, at-least-seeds: 0.7", false),
    ("above: 2, at-least-seeds: 0.3", true),
  ])
  func criteria(_ holds: String, _ expected: Bool) throws {
    var folder = MemoryResults()
    folder.add(.classDrop, ["cat"], "relative_drop", [1, 2, 3])
    let result = try folder.check("class_drop.relative_drop[class=cat]", "holds: {\(holds)}")
    #expect(result.first?.holds == expected)
    #expect(result.first?.mean == 2)
  }

  @Test func nineOfTenSeedsAreNineTenths() throws {
    var folder = MemoryResults()
    folder.add(.classDrop, ["cat"], "relative_drop", [1, 1, 1, 1, 1, 1, 1, 1, 1, 0])
    let result = try folder.check(
      "class_drop.relative_drop[class=cat]", "at-least-seeds: 0.9\nholds: {above: 0}")
    #expect(result.first?.holds == true)
    #expect(result.first?.satisfied == 9)
  }

  @Test func aSingleSeedHasNoMargin() throws {
    var folder = MemoryResults()
    folder.add(.classDrop, ["cat"], "relative_drop", [1])
    let result = try folder.check(
      "class_drop.relative_drop[class=cat]", "holds: {above: 0, margin-stds: 1}")
    #expect(result.first?.holds == nil)
    #expect(result.first?.reason?.contains("two seeds") == true)
  }

  // MARK: - What is missing

  @Test func seedsWithoutAValueAreCountedOut() throws {
    var folder = MemoryResults()
    folder.add(.classDrop, ["cat"], "relative_drop", [1, .nan, 3])
    folder.add(.classDrop, ["dog"], "relative_drop", [1, 1, 1, 1])
    let result = try folder.check(
      "class_drop.relative_drop[class=cat] / class_drop.relative_drop[class=dog]")
    #expect(result.first?.n == 2)
    #expect(result.first?.mean == 2)
    #expect(result.first?.holds == true)
    #expect(result.first?.reason?.hasPrefix("2 of 4 seeds give no value") == true)
    let fraction = try folder.check(
      "class_drop.relative_drop[class=cat]", "holds: {above: 0, at-least-seeds: 0.6}")
    #expect(fraction.first?.holds == false, "two of the four seeds in the table")
  }

  @Test func anEmptySelectionNamesTheReason() throws {
    let result = try results.check("max(accuracy.accuracy[stage=ful, mask_mode=mask])")
    #expect(result.first?.holds == nil)
    #expect(result.first?.mean == nil)
    #expect(
      result.first?.reason
        == "accuracy.accuracy[stage=ful, mask_mode=mask] selects nothing: 'stage' is one of "
        + "full, pretrained")
  }

  @Test func aMissingTableIsNoVerdict() throws {
    let result = try results.check("max(class_drop.relative_drop[class=a])", profiles: ["quick"])
    #expect(result.first?.holds == nil)
    #expect(result.first?.reason == "class_drop.relative_drop[class=a] selects nothing")
  }

  @Test func divisionByZeroIsNoVerdict() throws {
    let result = try results.check(
      "1 / (0 * accuracy.accuracy[stage=full, mask_mode=mask, eval_set=iid])")
    #expect(result.first?.holds == nil)
    #expect(result.first?.reason == "the measure is not a finite number")
  }

  @Test(arguments: ["min", "max", "mean", "sum"])
  func aValueThatIsNoNumberSpoilsItsSeedOnly(function: String) throws {
    var folder = MemoryResults()
    folder.add(.classDrop, ["cat"], "relative_drop", [1, .nan, 2])
    folder.add(.classDrop, ["dog"], "relative_drop", [1, 2, .nan])
    let result = try folder.check("\(function)(class_drop.relative_drop)")
    #expect(result.first?.n == 1)
    #expect(result.first?.reason?.hasPrefix("2 of 3 seeds give no value") == true)
  }

  @Test func twoValuesForOneRunAreNoMeasure() throws {
    var folder = MemoryResults()
    folder.add(.classDrop, ["cat"], "relative_drop", [1])
    folder.add(.classDrop, ["cat"], "relative_drop", [2])
    let result = try folder.check("max(class_drop.relative_drop)")
    #expect(result.first?.holds == nil)
    #expect(result.first?.reason == "class_drop.relative_drop has two values for one run")
  }
}
