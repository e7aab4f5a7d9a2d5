import ExperimentKit
import Testing

@Suite struct TableTests {
  @Test func numericKeysSortByValue() {
    let steps = ["100", "20", "3", "x", "", "1e1"]
    let sorted = steps.sorted { KeyOrder.precedes($0, $1, kind: .integer) }
    #expect(sorted == ["3", "1e1", "20", "100", "", "x"])
    let bins = ["0.1", "0.02", "1e-05", "0"].sorted { KeyOrder.precedes($0, $1, kind: .number) }
    #expect(bins == ["0", "1e-05", "0.02", "0.1"])
  }

  @Test func textSortsByBytes() {
    let sorted = ["b", "a", "B", "ä", "10", "9"].sorted { KeyOrder.precedes($0, $1, kind: .text) }
    #expect(sorted == ["10", "9", "B", "a", "b", "ä"])
  }

  @Test func equalNumbersKeepAFixedOrder() {
    #expect(KeyOrder.precedes("1", "1.0", kind: .number))
    #expect(!KeyOrder.precedes("1.0", "1", kind: .number))
    #expect(!KeyOrder.precedes("1", "1", kind: .number))
  }

  @Test func metricsKeepTheDeclaredOrder() {
    let rows = [
      (keys: ["b", "2"], metric: "loss"), (keys: ["a", "10"], metric: "kept_frac"),
      (keys: ["a", "10"], metric: "loss"), (keys: ["a", "9"], metric: "other"),
      (keys: ["a", "9"], metric: "grad_norm"),
    ]
    let sorted = rows.sorted { Table.trainingCurve.precedes($0, $1) }
    #expect(
      sorted.map { "\($0.keys.joined()) \($0.metric)" } == [
        "a9 grad_norm", "a9 other", "a10 loss", "a10 kept_frac", "b2 loss",
      ])
  }
}
