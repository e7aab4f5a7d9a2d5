import Store
import Testing

struct CSVNumberTests {
  @Test("numbers have their shortest form")
  func format() {
    let forms: [(Double?, String)] = [
      (nil, ""), (0, "0"), (-0.0, "-0"), (1, "1"), (0.5, "0.5"), (0.1, "0.1"), (100_000, "100000"),
      (1e-5, "1e-05"), (1e16, "1e+16"), (1.0 / 3, "0.3333333333333333"), (.nan, "NaN"),
      (-.nan, "NaN"), (.infinity, "inf"), (-.infinity, "-inf"), (5e-324, "5e-324"),
    ]
    for (value, text) in forms { #expect(CSVNumber.format(value) == text) }
  }

  @Test("what is written is read back to the bit")
  func roundTrip() throws {
    var numbers = TestNumbers(5)
    for _ in 0..<5000 {
      let bits = UInt64(numbers.next(below: 1 << 32)) << 32 | UInt64(numbers.next(below: 1 << 32))
      let value = Double(bitPattern: bits)
      let read = try #require(try CSVNumber.parse(CSVNumber.format(value)))
      #expect(read.bitPattern == bits || (read.isNaN && value.isNaN))
    }
    #expect(try CSVNumber.parse("-0")?.bitPattern == (-0.0).bitPattern)
    #expect(try CSVNumber.parse("") == nil)
    #expect(try CSVNumber.parse("-inf") == -.infinity)
  }

  @Test(
    "anything else is a failure",
    arguments: ["x", "1,5", " 1", "1 ", "0x10", "nan", "Inf", "infinity", "1e", "--1", "1e999"])
  func notNumbers(text: String) {
    let failure = failure { _ = try CSVNumber.parse(text, exitCode: .dataMissing) }
    #expect(failure?.exitCode == .dataMissing)
    #expect(failure?.what == "'\(text)' is not a number")
  }
}
