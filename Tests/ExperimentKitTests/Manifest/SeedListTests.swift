import Store
import Testing

@testable import ExperimentKit

@Suite struct SeedListTests {
  @Test(arguments: [
    ("3", [0, 1, 2]), ("0..2", [0, 1, 2]), ("5..5", [5]), ("7,2,9", [2, 7, 9]), ("1", [0]),
    ("42,", [42]), ("0, 4, 7", [0, 4, 7]), ("0,", [0]),
  ])
  func reads(_ text: String, _ seeds: [Int]) throws {
    #expect(try SeedList.parse(text) == seeds)
    #expect(try SeedList.parse(YAMLNode.parse(text, file: "m")) == seeds)
  }

  @Test func listsInBracketsAreReadOnTheCommandLineToo() throws {
    for text in ["[0, 4, 7]", "[0,4,7]", "[7,4,0]", "[ 0 , 4 , 7 ]"] {
      #expect(try SeedList.parse(text) == [0, 4, 7])
      #expect(try SeedList.parse(YAMLNode.parse(text, file: "m")) == [0, 4, 7])
    }
    #expect(try SeedList.parse("[42]") == [42])
  }

  @Test(arguments: [
    "", "0", "-1", "a", "3..1", "1...3", "1.3", "..", "1..", ",1", "1,1", "1,x", "10001",
    "99999999999999999999", "0..9999999", "+3", "1..2..3", "1,2,", "1,,2", ",", "[", "]", "[]",
    "[1,2", "[1..2]", "010", "0,04", "00", "01..2", "0x10", "1 2", "1_000", "1e1", "[1,]",
  ])
  func refuses(_ text: String) {
    #expect { try SeedList.parse(text) } throws: { ($0 as? Failure)?.exitCode == .usage }
  }

  @Test func aFailureNamesTheFormsThatAreAccepted() throws {
    func failure(_ text: String) -> Failure? {
      do {
        _ = try SeedList.parse(text)
        return nil
      } catch {
        return error as? Failure
      }
    }
    let forms = "write a number of seeds (10), a range (0..9), a list (0,4,7) or one seed (42,)"
    #expect(failure("x")?.help == forms)
    for form in ["10", "0..9", "0,4,7", "42,"] { #expect(forms.contains("(\(form))")) }
    for (text, meant) in [
      ("0-3", "0..3"), ("0:3", "0..3"), ("0...3", "0..3"), ("0 .. 3", "0..3"), ("3..1", "1..3"),
      ("010", "10"), ("0 to 3", "0..3"), ("00..03", "0..3"),
    ] {
      #expect(failure(text)?.help == "did you mean \(meant)?\n\(forms)", "\(text)")
      #expect(throws: Never.self) { try SeedList.parse(meant) }
    }
    for text in ["-1", "-1-3", "1-", "0-99999999", "1-2-3"] {
      #expect(failure(text)?.help == forms, "\(text)")
    }
    for (text, what) in [
      ("0", "there are no seeds"), ("99999999999999999999", "there are more than 10000 seeds"),
      ("0..9999999", "the seed 9999999 is not between 0 and 1000000"),
      ("99999999999999999999,", "a seed is not between 0 and 1000000"),
      ("3,1,3", "the seed 3 is listed twice"),
    ] {
      #expect(failure(text)?.what == what)
      #expect(failure(text)?.help?.isEmpty == false, "\(text)")
    }
  }

  @Test func inAManifestTheFailureHasItsPlace() throws {
    let node = try #require(try YAMLNode.parse("seeds: 0-3", file: "m.yaml")["seeds"])
    #expect { try SeedList.parse(node) } throws: { error in
      let failure = error as? Failure
      return failure?.exitCode == .manifestInvalid && failure?.location?.column == 8
        && failure?.help?.hasPrefix("did you mean 0..3?") == true
    }
    let list = try YAMLNode.parse("[0, 04]", file: "m.yaml")
    #expect { try SeedList.parse(list) } throws: { error in
      (error as? Failure)?.what == "the number 04 begins with a zero"
    }
  }

  @Test(arguments: [
    ([0, 1, 2], "0..2"), ([0, 4, 7], "0,4,7"), ([42], "42,"), ([0], "0,"), ([3, 4], "3..4"),
    ([], ""),
  ])
  func describes(_ seeds: [Int], _ text: String) throws {
    #expect(SeedList.description(of: seeds) == text)
    if !seeds.isEmpty { #expect(try SeedList.parse(text) == seeds) }
  }

  @Test func onlyASingleNumberIsACount() {
    #expect(SeedList.isCount("42"))
    for text in ["42,", "0..9", "0,4,7", "[42]", "x"] { #expect(!SeedList.isCount(text)) }
  }
}
