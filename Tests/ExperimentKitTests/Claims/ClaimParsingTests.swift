import ExperimentKit
import Store
import Testing

@Suite struct ClaimParsingTests {
  private func claims(_ text: String, head: String = "") throws -> [Claim] {
    let indented = text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
    let manifest = "schema: 1\nexperiment: toy\n\(head)claims:\n  -\n\(indented)\n"
    return try Manifest(text: manifest, path: "m.yaml", registry: toyRegistry).claims
  }

  private static let head = "id: a\nclaim: b\nmeasure: "
  private static let loss = "accuracy.loss[stage=add, mask_mode=mask, eval_set=iid]"

  @Test func readsEverything() throws {
    let claim = try #require(
      try claims(
        """
        id: low-loss
        claim: The loss is low
        source: section 1
        published: 0.25
        asks: half of it, since the network is small
        variant: [main]
        measure: {quick: "\(Self.loss)", paper: "2 * \(Self.loss)"}
        aggregate: per-seed
        holds: {quick: {at-most: 0.5, margin-stds: 2}, paper: {equals: 1, tolerance: 0.1}}
        """
      ).first)
    #expect(claim.id == "low-loss")
    #expect(claim.published == "0.25")
    #expect(claim.asks == "half of it, since the network is small")
    #expect(claim.variants == ["main"])
    #expect(claim.aggregate == .perSeed)
    #expect(claim.criteria.keys.sorted() == ["paper", "quick"])
    #expect(claim.criteria["quick"]?.description == "≤ 0.5 by 2 std")
    #expect(claim.criteria["paper"]?.description == "1 ± 0.1")
    #expect(claim.measures["paper"]?.selections == claim.measures["quick"]?.selections)
  }

  @Test func oneCriterionIsForAllProfiles() throws {
    let claim = try #require(
      try claims("\(Self.head)\(Self.loss)\nholds: {above: 0, below: 1}").first)
    #expect(claim.criteria.keys.sorted() == ["desk", "paper", "quick", "smoke"])
    #expect(claim.criteria["desk"]?.description == "> 0 and < 1")
    #expect(claim.source == "")
    #expect(claim.variants == nil)
  }

  @Test func aFractionOfTheSeedsMakesThemTheAggregate() throws {
    let claim = try #require(
      try claims("\(Self.head)\(Self.loss)\nat-least-seeds: 0.9\nholds: {above: 0}").first)
    #expect(claim.aggregate == .seeds)
    #expect(claim.criteria["quick"]?.description == "> 0 in 0.9 of the seeds")
    let mixed = try #require(
      try claims(
        "\(Self.head)\(Self.loss)\n"
          + "holds: {quick: {above: 0}, paper: {above: 0, at-least-seeds: 0.5}}"
      ).first)
    #expect(mixed.aggregate == .perSeed)
    #expect(mixed.criteria["quick"]?.atLeastSeeds == nil)
    #expect(mixed.criteria["paper"]?.atLeastSeeds == 0.5)
  }

  @Test(arguments: [
    ("id: a\nmeasure: 1\nholds: {above: 1}", "m.yaml:5:5: the claim has no key 'claim'"),
    ("id: a\nclaim: b\nclame: c", "m.yaml:7:5: unknown key 'clame' in 'claims'"),
    ("id: A b\nclaim: b\nmeasure: 1\nholds: {above: 1}", "m.yaml:5:9: 'A b' cannot be the name"),
    (head + loss, "the claim has no key 'holds'"),
    (head + loss + "\nholds: {}", "m.yaml:8:12: 'holds' has no limit"),
    (head + loss + "\nholds: {tolerance: 1}", "m.yaml:8:12: 'holds' has no limit"),
    (head + loss + "\nholds: {above: 1, tolerance: 1}", "'tolerance' belongs to 'equals'"),
    (head + loss + "\nholds: {abov: 1}", "m.yaml:8:13: unknown key 'abov' in 'holds'"),
    (head + loss + "\nholds: {above: x}", "m.yaml:8:20: expected a number"),
    (head + loss + "\nholds: {quik: {above: 1}}", "m.yaml:8:13: unknown key 'quik'"),
    (head + loss + "\nholds: {at-most: 1}\nvariant: man", "m.yaml:9:14: unknown variant 'man'"),
    (head + loss + "\nholds: {at-most: 1}\naggregate: mean", "m.yaml:9:16: unknown aggregate"),
    (head + loss + "\nholds: {at-most: 1}\naggregate: seeds", "how many seeds"),
    (head + loss + "\nholds: {at-most: 1}\nat-least-seeds: 2", "2 is no fraction"),
    (
      head + loss + "\nholds: {at-most: 1, margin-stds: 1}\naggregate: of-means",
      "no value per seed"
    ),
    (
      head + loss + "\nholds: {at-most: 1, margin-stds: 1}\naggregate: median",
      "not about the median"
    ),
    (head + "{quick: 1}\nholds: {above: 1}", "measures nothing"),
    (head + "{quick: '\(loss)'}\nholds: {above: 1}", "no measure for the profile 'desk'"),
    (head + "[1]\nholds: {above: 1}", "expected a mapping"),
  ])
  func refuses(_ text: String, _ what: String) {
    #expect { try claims(text) } throws: { error in
      guard let failure = error as? Failure else { return false }
      let isRight = failure.exitCode == .manifestInvalid && failure.description.contains(what)
      if !isRight { print(failure) }
      return isRight
    }
  }

  @Test(arguments: [
    // What the papers state about addition and multiplication, in the words of the tables.
    "min(accuracy.accuracy[stage=pretrained, mask_mode=none, eval_set=add|mul])",
    "accuracy.accuracy[stage=pretrained, mask_mode=none, eval_set=iid]"
      + " - accuracy.accuracy[stage=full, mask_mode=mask, eval_set=iid]",
    "layer_stats.n_kept[stage=mul, layer=all] / layer_stats.n_kept[stage=add, layer=all]",
    "min(layer_stats.shared_frac[stage=add, layer=layers.0.weight|layers.4.weight])"
      + " - max(layer_stats.shared_frac[stage=add, layer=layers.1.weight|layers.2.weight])",
    "min(layer_stats.shared_frac[stage=add, layer!=all]"
      + " - layer_stats.shared_frac[stage=mul, layer!=all])",
    "confusion.rate[stage=add, mask_mode=mask, true=mul, predicted=add]",
    "confusion.rate[stage=add, mask_mode=mask, true=mul, predicted=none]"
      + " - addmul-fnn:confusion.rate[stage=add, mask_mode=mask, true=mul, predicted=none]",
    "max(accuracy.accuracy[stage=add, mask_mode=inverse, eval_set=mul],"
      + " accuracy.accuracy[stage=mul, mask_mode=inverse, eval_set=add])",
    "sum(mask_histogram.count[stage=full, bin_low>=0.1, bin_low<0.9])"
      + " / sum(mask_histogram.count[stage=full])",
    "max(accuracy.accuracy[stage=full, mask_mode=mask, eval_set=iid, mask.beta>=5e-5,"
      + " mask.beta<=2e-4]) - min(accuracy.accuracy[stage=full, mask_mode=mask, eval_set=iid,"
      + " mask.beta>=5e-5, mask.beta<=2e-4])",
    "layer_stats.shared_frac[stage=add, layer=all, variant=small]"
      + " - layer_stats.shared_frac[stage=add, layer=all, variant=huge]",
    "max(layer_stats.n_kept[stage=add|mul, layer!=all])",
  ])
  func readsWhatThePapersClaim(_ text: String) throws {
    let claim = try #require(
      try claims("id: a\nclaim: b\nmeasure: >-\n  \(text)\nholds: {above: 0}").first)
    #expect(claim.measures["quick"]?.openKeys == [])
  }

  // MARK: - Expressions

  /// Column of the first character of an expression in ``refusesExpressions``.
  private static let column = 14

  @Test(arguments: [
    ("accurcy.loss", 0, "unknown table 'accurcy'", "did you mean 'accuracy'?"),
    ("accuracy.los", 9, "unknown metric 'los' of 'accuracy'", "did you mean 'loss'?"),
    ("accuracy", 8, "expected '.', found the end", nil),
    ("1 + accuracy.loss[stagee=add]", 18, "unknown key 'stagee'", "did you mean 'stage'?"),
    ("accuracy.loss[seed=1]", 14, "unknown key 'seed'", nil),
    ("accuracy.loss[stage]", 19, "expected one of = !=", nil),
    ("accuracy.loss[stage=]", 20, "'stage' is compared with nothing", nil),
    ("accuracy.loss[stage=add", 23, "expected ']', found the end", nil),
    ("accuracy.loss[stage>1]", 19, "'stage' is text and has no order", nil),
    ("mask_histogram.count[bin_low>=x]", 28, "must be compared with one number", nil),
    ("mask_histogram.count[bin_low<1|2]", 28, "must be compared with one number", nil),
    ("maximum(accuracy.loss)", 0, "unknown function 'maximum'", nil),
    ("mx(accuracy.loss)", 0, "unknown function 'mx'", "did you mean 'max'?"),
    ("abs(accuracy.loss, 1)", 0, "'abs' has one argument", nil),
    ("max(accuracy.loss", 17, "expected ')', found the end", nil),
    ("max(accuracy.loss) 3", 19, "unexpected '3'", nil),
    ("max(accuracy.loss) +", 20, "the expression ends too early", nil),
    ("max(accuracy.loss) <", 20, "the expression ends too early", nil),
    ("0 < max(accuracy.loss) < 1", 23, "unexpected '<'", nil),
    ("1.2.3", 0, "'1.2.3' is not a number", nil),
    ("$", 0, "unexpected '$'", nil),
    ("accuracy.loss", 0, "a value for every eval_set and mask_mode and stage", "[eval_set=…]"),
    ("accuracy.loss[stage=add, mask_mode=mask, eval_set=a|b]", 0, "for every eval_set", nil),
    ("accuracy.loss[stage=a*, mask_mode=mask, eval_set=a]", 0, "for every stage", nil),
    (
      "class_drop.relative_drop[class=a] - class_drop.relative_drop[class=b, variant=x]", 0,
      "only some selections have a condition on 'variant'", nil
    ),
    (
      "class_drop.relative_drop[class=a,mask.beta=1] - class_drop.relative_drop[class=b]", 0,
      "only some selections have a condition on 'mask.beta'", nil
    ),
  ])
  func refusesExpressions(_ text: String, _ offset: Int, _ what: String, _ help: String?) {
    #expect { try claims("id: a\nclaim: b\nmeasure: '\(text)'\nholds: {above: 0}") } throws: {
      error in
      guard let failure = error as? Failure else { return false }
      let isRight =
        failure.what.contains(what)
        && failure.location
          == SourceLocation(file: "m.yaml", line: 7, column: Self.column + 1 + offset)
        && help.map { failure.help?.contains($0) == true } ?? true
      if !isRight { print(failure) }
      return isRight
    }
  }

  @Test(arguments: [
    (String(repeating: "(", count: 100) + "1" + String(repeating: ")", count: 100), "too deeply"),
    (String(repeating: "-", count: 100) + "1", "nested too deeply"),
    (String(repeating: "abs(", count: 100) + "1", "nested too deeply"),
    (String(repeating: "1+", count: 3000) + "1", "more than 4096 bytes"),
  ])
  func sizeIsLimited(_ text: String, _ what: String) {
    #expect {
      try claims("id: a\nclaim: b\nmeasure: '\(text)'\nholds: {above: 0}")
    } throws: { error in
      (error as? Failure)?.what.contains(what) == true
    }
  }

  @Test func variantsAreNamedOnce() {
    #expect {
      try claims(
        "id: a\nclaim: b\nvariant: main\nmeasure: class_drop.relative_drop[class=a, variant=main]"
          + "\nholds: {above: 0}")
    } throws: { ($0 as? Failure)?.what.contains("names variants twice") == true }
  }

  @Test func sweptSettingsWithoutADotAreKeys() throws {
    struct Flat: Settings {
      var width = 1
      static let schema = Schema<Flat>([.integer("width", \.width, "width")])
    }
    struct FlatExperiment: Kind {
      typealias Configuration = Flat
      let name = "flat"
      let section = "0"
      let summary = ""
      let version = 1
      let tables = Table.toys
      func prepare(_ c: Flat) throws -> any PreparedRun {
        try ToyExperiment().prepare(ToySettings())
      }
    }
    let registry = KindRegistry([FlatExperiment()])
    let claims = """
      claims:
        - {id: a, claim: b, holds: {above: 0}, measure: "max(class_drop.relative_drop[width>=2])"}
      """
    let text = "schema: 1\nexperiment: flat\n"
    #expect(throws: Never.self) {
      try Manifest(text: text + "sweep: {width: [1, 2]}\n" + claims, path: "m", registry: registry)
    }
    #expect(throws: Failure.self) {
      try Manifest(text: text + claims, path: "m", registry: registry)
    }
  }

  @Test func claimsHaveDifferentNames() {
    let claim = "{id: a, claim: b, holds: {above: 0}, measure: \"max(accuracy.loss)\"}"
    let text = "schema: 1\nexperiment: toy\nclaims:\n  - \(claim)\n  - \(claim)"
    #expect { try Manifest(text: text, path: "m", registry: toyRegistry) } throws: { error in
      (error as? Failure)?.what == "two claims are called 'a'"
    }
  }
}
