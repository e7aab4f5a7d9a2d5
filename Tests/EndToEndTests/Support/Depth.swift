import Foundation

/// How thorough the tests of durability are.
///
/// The ordinary suite takes a sample. `make test-kills` sets `MODLAB_TEST_DEPTH=full`: every write
/// point, every number that the promises name, and no test may be left out for want of a tool.
enum Depth {
  /// Whether everything is tested.
  static let isFull = ProcessInfo.processInfo.environment["MODLAB_TEST_DEPTH"] == "full"

  /// A number of repetitions.
  static func repetitions(_ sample: Int, full: Int) -> Int { isFull ? full : sample }

  /// Write points from the first one on: all, or ever wider apart.
  static func writePoints(widening factor: Double) -> some Sequence<Int> {
    sequence(first: 1) { isFull ? $0 + 1 : max($0 + 1, Int((Double($0) * factor).rounded())) }
  }
}
