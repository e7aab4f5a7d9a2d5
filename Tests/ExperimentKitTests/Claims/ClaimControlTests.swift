import ExperimentKit
import Testing

@Suite struct ClaimControlTests {
  private var results: MemoryResults {
    var results = MemoryResults()
    results.add(.accuracy, ["add", "mask", "add"], "accuracy", [0.9, 1])
    results.add(.accuracy, ["add", "random", "add"], "accuracy", [0.1, 0.3])
    results.add(.accuracy, ["add", "mask", "shuffled-add"], "accuracy", [0.5, 0.5])
    results.add(.accuracy, ["add", "none", "add"], "accuracy", [1, 1])
    results.add(.layerStats, ["add", "l"], "shared_frac", [0.8, 0.6])
    results.add(.layerStats, ["add", "l"], "kept_frac", [0.25, 0.25])
    return results
  }

  private func means(_ measure: String) throws -> [String: Double] {
    let found = try results.controls(measure)
    return Dictionary(uniqueKeysWithValues: found.map { ($0.control, $0.result.mean ?? .nan) })
  }

  @Test func rowsHaveTheControlInTheirPlace() throws {
    let measure = "accuracy.accuracy[stage=add, mask_mode=mask, eval_set=add]"
    let means = try means(measure)
    #expect(means == ["random": 0.2, "shuffled-…": 0.5])
  }

  @Test func onlyWhatHasAControlIsReplaced() throws {
    let whole = "accuracy.accuracy[stage=add, mask_mode=none, eval_set=add]"
    let masked = "accuracy.accuracy[stage=add, mask_mode=mask, eval_set=add]"
    #expect(try means("\(whole) - \(masked)")["random"] == 0.8)
    #expect(try means(whole) == [:])
  }

  @Test func metricsHaveTheOneOfTheControl() throws {
    #expect(try means("layer_stats.shared_frac[stage=add, layer=l]") == ["kept_frac": 0.25])
    #expect(try means("layer_stats.kept_frac[stage=add, layer=l]") == [:])
  }

  @Test func nothingIsAskedOfAControl() throws {
    let found = try results.controls(
      "accuracy.accuracy[stage=add, mask_mode=mask, eval_set=add]", "holds: {quick: {above: 0.5}}")
    #expect(found.allSatisfy { $0.result.verdict == .notAsked && $0.result.criterion.isEmpty })
    #expect(found.first?.result.n == 2)
    #expect(
      found.first?.result.standardDeviation.map { abs($0 - 0.02.squareRoot()) < 1e-12 } == true)
  }
}
