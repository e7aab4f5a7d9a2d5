import ExperimentKit
import TestSupport
import Testing

/// What a claim is checked for: profiles, variants, swept settings and other studies.
@Suite struct ClaimSubjectTests {
  @Test func everyProfileThatWasAskedForIsChecked() throws {
    var folder = MemoryResults()
    folder.add(.classDrop, ["cat"], "relative_drop", [1], profile: "paper")
    folder.add(.classDrop, ["cat"], "relative_drop", [2], profile: "quick")
    let all = try folder.check(
      "class_drop.relative_drop[class=cat]", "holds: {quick: {above: 0}, smoke: {above: 0}}")
    #expect(all.map(\.profile) == ["quick", "paper"])
    #expect(all.map(\.holds) == [true, nil])
    #expect(all[1].reason == "no criterion for the profile 'paper'")
    let one = try folder.check("class_drop.relative_drop[class=cat]", profiles: ["smoke"])
    #expect(one.first?.reason == "there are no results of the profile 'smoke'")
  }

  /// Whoever runs some variants only is not told that claims about others cannot be evaluated.
  @Test func aClaimAboutOtherVariantsIsNotAsked() throws {
    let all = try variants.check(
      "class_drop.relative_drop[class=cat]", "variant: main\nholds: {above: 2}")
    #expect(all.map(\.verdict) == [.notAsked])
    #expect(all.first?.reason == "none of the variants that the claim is about was asked for")
  }

  private var variants: MemoryResults {
    var folder = MemoryResults()
    folder.add(.classDrop, ["cat"], "relative_drop", [1, 3], variant: "small")
    folder.add(.classDrop, ["cat"], "relative_drop", [5, 9], variant: "big")
    return folder
  }

  @Test func everyVariantIsCheckedByItself() throws {
    let all = try variants.check("class_drop.relative_drop[class=cat]", "holds: {above: 2}")
    #expect(all.map(\.subject) == ["big", "small"])
    #expect(all.map(\.holds) == [true, false])
    let one = try variants.check(
      "class_drop.relative_drop[class=cat]", "variant: big\nholds: {above: 2}")
    #expect(one.map(\.subject) == ["big"])
  }

  @Test func variantsAreComparedSeedBySeed() throws {
    let all = try variants.check(
      "class_drop.relative_drop[class=cat, variant=big]"
        + " / class_drop.relative_drop[class=cat, variant=small]"
    )
    #expect(all.count == 1)
    #expect(all[0].mean == 4)
    #expect(all[0].subject == "")
    let both = try variants.check("max(class_drop.relative_drop[class=cat, variant=*])")
    #expect(both.map(\.mean) == [7])
  }

  private var sweep: MemoryResults {
    var folder = MemoryResults(axes: ["mask.beta"])
    for (beta, drop) in [("1e-05", 1.0), ("0.0001", 2), ("0.001", 7)] {
      folder.add(.classDrop, ["cat"], "relative_drop", [drop, drop + 1], axes: [beta])
    }
    return folder
  }

  @Test func everySweptValueIsCheckedByItself() throws {
    let all = try sweep.check("class_drop.relative_drop[class=cat]")
    #expect(
      all.map(\.subject) == [
        "main mask.beta=0.0001", "main mask.beta=0.001", "main mask.beta=1e-05",
      ])
    #expect(all.map(\.mean) == [2.5, 7.5, 1.5])
  }

  @Test func sweptValuesAreSelectedByNumber() throws {
    let one = try sweep.check("class_drop.relative_drop[class=cat, mask.beta=1e-4]")
    #expect(one.map(\.mean) == [2.5])
    #expect(one.map(\.subject) == ["main"])
    let range = try sweep.check(
      "max(class_drop.relative_drop[class=cat, mask.beta<=2e-4])"
        + " - min(class_drop.relative_drop[class=cat, mask.beta<=2e-4])"
    )
    #expect(range.map(\.mean) == [1])
  }

  @Test func namesWithDashesAndUnderscoresAreTheSame() throws {
    var folder = MemoryResults(axes: ["mask.init_logit"])
    folder.add(.classDrop, ["cat"], "relative_drop", [3], axes: ["2"])
    let one = try folder.check("class_drop.relative_drop[class=cat, mask.init-logit=2.0]")
    #expect(one.map(\.mean) == [3])
  }

  @Test func otherStudiesCanBeCompared() throws {
    var other = MemoryResults()
    other.study = "toy-lstm"
    other.add(.classDrop, ["cat"], "relative_drop", [2, 2])
    var own = MemoryResults()
    own.add(.classDrop, ["cat"], "relative_drop", [4, 8])
    let all = try own.check(
      "class_drop.relative_drop[class=cat] / toy-lstm:class_drop.relative_drop[class=cat]",
      others: [other])
    #expect(all.map(\.mean) == [3])
    let missing = try own.check(
      "class_drop.relative_drop[class=cat] / toy-lstm:class_drop.relative_drop[class=cat]")
    #expect(missing.first?.verdict == .unknown)
    #expect(missing.first?.reason == "there are no results of the study 'toy-lstm'")
  }
}
