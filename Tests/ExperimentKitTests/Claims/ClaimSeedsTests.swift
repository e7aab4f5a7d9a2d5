import ExperimentKit
import Testing

/// Planned seeds without results, and claims that a profile is not asked for.
@Suite struct ClaimSeedsTests {
  @Test func plannedSeedsThatFailedSatisfyNothing() throws {
    var results = MemoryResults()
    results.add(.classDrop, ["cat"], "relative_drop", [1])
    results.add(seed: 1, .failed)
    results.add(seed: 2, .failed)
    let measure = "class_drop.relative_drop[class=cat]"
    let fraction = try results.check(measure, "holds: {above: 0, at-least-seeds: 0.9}")
    #expect(fraction.first?.verdict == .fails)
    #expect(fraction.first?.n == 1 && fraction.first?.satisfied == 1)
    #expect(fraction.first?.reason == "2 of 3 seeds give no value: 2 failed or diverged")
    let mean = try results.check(measure)
    #expect(mean.first?.verdict == .holds)
    #expect(mean.first?.reason?.hasPrefix("2 of 3 seeds") == true)
  }

  @Test func aClaimOfTheProfileThatHasNoValueIsUnknown() throws {
    var results = MemoryResults()
    results.add(seed: 0, .failed)
    results.add(seed: 1, .unfinished)
    let result = try results.check("class_drop.relative_drop[class=cat]")
    #expect(result.first?.verdict == .unknown)
    #expect(result.first?.reason == "1 failed or diverged, 1 not yet computed")
    let other = try results.check(
      "class_drop.relative_drop[class=cat]", "holds: {paper: {above: 0}}")
    #expect(other.first?.verdict == .notAsked)
  }

  @Test func aProfileWithoutCriterionShowsWhatWasMeasured() throws {
    var results = MemoryResults()
    results.add(.classDrop, ["cat"], "relative_drop", [1, 3], profile: "smoke")
    let result = try results.check(
      "class_drop.relative_drop[class=cat]", "holds: {quick: {above: 0}}")
    #expect(result.first?.mean == 2)
    #expect(result.first?.verdict == .notAsked)
    #expect(result.first?.reason == "no criterion for the profile 'smoke'")
  }
  /// What no one asks for need not be measurable.
  @Test func aProfileWithoutCriterionMayHaveNothingToMeasure() throws {
    var results = MemoryResults()
    results.add(.classDrop, ["cat"], "relative_drop", [1, 3], profile: "smoke")
    let measure = "class_drop.relative_drop[class=dog]"
    let result = try results.check(measure, "holds: {quick: {above: 0}}")
    #expect(result.first?.verdict == .notAsked && result.first?.mean == nil)
    #expect(result.first?.reason == "no criterion for the profile 'smoke'")
    let asked = try results.check(measure, "holds: {smoke: {above: 0}}")
    #expect(asked.first?.verdict == .unknown)
  }
}
