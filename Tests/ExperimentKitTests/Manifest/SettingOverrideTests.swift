import ExperimentKit
import Store
import Testing

@Suite struct SettingOverrideTests {
  @Test func readsOneAndSeveralValues() throws {
    let one = try SettingOverride.parse("mask.beta=1e-4")
    #expect(one.key == "mask.beta")
    #expect(try one.values.map { try $0.number() } == [1e-4])
    let several = try SettingOverride.parse("mask.beta=1e-4,3e-4")
    #expect(try several.values.map { try $0.number() } == [1e-4, 3e-4])
  }

  @Test func bracketsAndQuotesKeepTheirMeaning() throws {
    #expect(try SettingOverride.parse("a=[1,2],[3]").values.count == 2)
    #expect(try SettingOverride.parse("a=\"x,y\"").values.map { try $0.string() } == ["x,y"])
    #expect(try SettingOverride.parse("a=b=c").values.map { try $0.string() } == ["b=c"])
  }

  @Test func bracketsBracesAndQuotesAreOneValue() throws {
    func nodes(_ text: String) throws -> [YAMLNode] {
      try SettingOverride.parse("mask.beta=" + text).values
    }
    #expect(try nodes("gumbel-sigmoid").map { try $0.string() } == ["gumbel-sigmoid"])
    #expect(try nodes("[2, 3]").map { try $0.sequence().map { try $0.integer() } } == [[2, 3]])
    #expect(try nodes("[2],[3,4]").map { try $0.sequence().count } == [1, 2])
    #expect(try nodes("'a,b',c").map { try $0.string() } == ["a,b", "c"])
    #expect(try nodes("''").map { try $0.string() } == [""])
    #expect(try nodes("{a: 1}")[0]["a"]?.integer() == 1)
  }

  @Test(arguments: [
    ("mask.beta=0,0001", "0.0001", "0,1"), ("a=1,05", "1.05", "1,5"), ("a=-0,01", "-0.01", "-0,1"),
    ("a=1e-3,0,001", "0.001", "0,1"),
  ])
  func aDecimalCommaIsRefused(_ text: String, _ one: String, _ two: String) {
    #expect {
      try SettingOverride.parse(text)
    } throws: { error in
      let failure = error as? Failure
      return failure?.exitCode == .usage && failure?.what.hasSuffix("begins with a zero") == true
        && failure?.help == "write \(one) for one number, or \(two) for two"
    }
  }

  @Test(arguments: ["a=0,1", "a=0.1,0.01", "a=0,0", "a=x,01", "a='0','01'", "a=1e-4,3e-4"])
  func otherCommasSeparateValues(_ text: String) throws {
    #expect(try SettingOverride.parse(text).values.count == 2)
  }

  @Test(arguments: [
    "mask.beta", "=3", "a=", "a= ", "a=[1", "a=1]", "a={", "a=\"x", "a=1], [2", "a=b: c: d",
    "a=1 # x", "a=*b",
  ])
  func refuses(_ text: String) {
    #expect { try SettingOverride.parse(text) } throws: { error in
      (error as? Failure)?.exitCode == .usage
    }
  }
}
