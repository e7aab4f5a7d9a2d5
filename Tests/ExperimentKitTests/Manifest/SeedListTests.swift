import ExperimentKit
import Store
import Testing

@Suite struct SeedListTests {
  @Test(arguments: [
    ("3", [0, 1, 2]), ("0..2", [0, 1, 2]), ("5..5", [5]), ("7,2,9", [2, 7, 9]), ("1", [0]),
  ])
  func reads(_ text: String, _ seeds: [Int]) throws {
    #expect(try SeedList.parse(text) == seeds)
  }

  @Test(arguments: [
    "", "0", "-1", "a", "3..1", "1...3", "1.3", "..", "1..", "1,", "1,1", "1,x", "10001",
    "99999999999999999999", "0..9999999", "+3", "1..2..3",
  ])
  func refuses(_ text: String) {
    #expect { try SeedList.parse(text) } throws: { ($0 as? Failure)?.exitCode == .usage }
  }
}
