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

  @Test(arguments: ["mask.beta", "=3", "a=", "a=[1", "a=1]", "a={", "a=\"x"])
  func refuses(_ text: String) {
    #expect { try SettingOverride.parse(text) } throws: { error in
      (error as? Failure)?.exitCode == .usage
    }
  }
}
