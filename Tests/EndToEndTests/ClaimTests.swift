import Store
import Testing

extension EndToEndTests {
  @Suite struct ClaimTests {
    private static let claims = """
        - id: sum-of-rates
          claim: the rates of a row add up to one
          published: "1"
          measure: sum(confusion.rate[stage=add, mask_mode=mask, true=mul])
          holds: {equals: 1, tolerance: 1.0e-9}
        - id: impossible
          claim: accuracies are above one
          published: never
          asks: more than there is
          measure: accuracy.accuracy[stage=full, mask_mode=mask, eval_set=iid]
          holds: {above: 1}
        - id: later
          claim: something about the published size
          asks: nothing of this profile
          measure: accuracy.accuracy[stage=full, mask_mode=mask, eval_set=iid]
          holds: {paper: {above: 0}}

      """

    @Test func claimsHoldOrNotOrAreNotChecked() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Manifests.quick + Self.claims, to: "m.yaml")
        #expect(try modlab.run("run", "m.yaml").code == 0)
        let check = try modlab.run("check", "results/addmul-fnn")
        #expect(check.code == 1, "a claim that does not hold is exit status 1")
        let lines = check.output.split(separator: "\n").map(String.init)
        #expect(lines.first == "addmul-fnn main quick")
        let sum = try #require(lines.first { $0.hasPrefix("the rates of a row") })
        #expect(sum.contains("1 ± 0") && sum.contains("yes"))
        let impossible = try #require(lines.first { $0.hasPrefix("accuracies are above one") })
        #expect(impossible.contains("> 1") && impossible.contains("NO"))
        let later = try #require(lines.first { $0.hasPrefix("something about the published") })
        #expect(later.hasSuffix("-") && !later.contains("no criterion"))
        #expect(
          lines.contains("Asked beyond what is published:")
            && lines.contains("  impossible (> 1): more than there is"))
        #expect(!check.output.contains("nothing of this profile"))
        #expect(
          lines.last == "Claims: 2 hold, 1 do not, 1 not asked of the profile.")

        let records = try modlab.run("check", "results/addmul-fnn", "--json").records
        #expect(records.map { $0["holds"] } == [true, true, false, .null])
        #expect(records.map { $0["asks"] }.prefix(3) == ["", "", "more than there is"])
        #expect(records.map { $0["n"] }.prefix(3) == [2, 2, 2])

        // A copy of the manifest makes no claim that has not been made.
        try modlab.write(Manifests.quick + Self.claims, to: "copy.yaml")
        #expect(try modlab.run("run", "copy.yaml").code == 0)
        #expect(try modlab.run("check", "results/addmul-fnn").output == check.output)
      }
    }
  }
}
