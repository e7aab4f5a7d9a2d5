import Store
import Testing

struct JSONValueTests {
  static let sample: JSONValue = [
    "null": nil, "true": true, "integer": -3, "number": 2.0, "small": 1e-7,
    "text": "a \"quoted\" \\ line\nÜ \u{1F600} \u{01}", "empty": [], "nothing": [:],
    "list": [1, 2.5, "x", [false]],
  ]

  @Test("parsing gives every kind of value")
  func parsing() throws {
    let text = #"{"a": [null, true, false, -12, 1.0, 1e3, "ü\u00e9\n"], "b": {"c": {}}}"#
    let value = try JSONValue.parse(text, file: "x")
    #expect(
      value == [
        "a": [nil, true, false, -12, 1.0, 1000.0, "üé\n"], "b": ["c": [:]],
      ])
    #expect(try JSONValue.parse("3", file: "x") == 3)
    #expect(try JSONValue.parse(" \"top\" ", file: "x") == "top")
    #expect(try JSONValue.parse("9223372036854775807", file: "x") == .integer(.max))
    #expect(try JSONValue.parse(#""a\u0000b""#, file: "x") == "a\0b")
  }

  @Test("text is compact or pretty, keys in the order of their bytes")
  func serialization() {
    let value: JSONValue = ["b": [1, 2.0], "a": ["ü": nil], "Z": [], "é": [:]]
    #expect(value.serialized() == #"{"Z":[],"a":{"ü":null},"b":[1,2.0],"é":{}}"#)
    #expect(
      value.serialized(pretty: true) == """
        {
          "Z": [],
          "a": {
            "ü": null
          },
          "b": [
            1,
            2.0
          ],
          "é": {}
        }

        """)
    #expect(
      JSONValue.string("\"\\\u{08}\t\n\u{0C}\r\u{01}\u{1F}/\u{7F}").serialized()
        == #""\"\\\b\t\n\f\r\u0001\u001f/"# + "\u{7F}\"")
  }

  @Test("keys are sorted by bytes, not by characters")
  func keyOrder() {
    // As a character, e with an accent comes after f.
    let value: JSONValue = ["f": 1, "e\u{0301}": 2, "a": ["\u{10000}": 1, "\u{FFFD}": 2]]
    #expect(
      value.serialized() == "{\"a\":{\"\u{FFFD}\":2,\"\u{10000}\":1},\"e\u{0301}\":2,\"f\":1}")
  }

  @Test("a round trip changes nothing")
  func roundTrip() throws {
    for pretty in [false, true] {
      let text = Self.sample.serialized(pretty: pretty)
      #expect(try JSONValue.parse(text, file: "x") == Self.sample)
    }
    var numbers = TestNumbers(7)
    for _ in 0..<2000 {
      let bits = UInt64(numbers.next(below: 1 << 32)) << 32 | UInt64(numbers.next(below: 1 << 32))
      let number = Double(bitPattern: bits)
      guard number.isFinite else { continue }
      let read = try JSONValue.parse(JSONValue.number(number).serialized(), file: "x")
      #expect(read == .number(number))
    }
  }

  @Test("numbers that are not finite come back through their names")
  func nonFinite() throws {
    #expect(JSONValue.number(.nan).serialized() == "\"NaN\"")
    #expect(JSONValue.number(-.infinity).serialized() == "\"-inf\"")
    for number in [Double.infinity, -.infinity] {
      let text = JSONValue.number(number).serialized()
      #expect(try JSONValue.parse(text, file: "x").numberValue == number)
    }
    #expect(try JSONValue.parse("\"NaN\"", file: "x").numberValue?.isNaN == true)
    #expect(JSONValue.string("nan").numberValue == nil)
  }

  @Test("typed reading gives the value or nothing")
  func reading() {
    let value = Self.sample
    #expect(value["integer"]?.integerValue == -3)
    #expect(value["integer"]?.numberValue == -3)
    #expect(value["number"]?.integerValue == nil)
    #expect(value["number"]?.numberValue == 2)
    #expect(value["true"]?.boolValue == true)
    #expect(value["integer"]?.boolValue == nil)
    #expect(value["null"]?.isNull == true)
    #expect(value["text"]?.stringValue?.hasPrefix("a ") == true)
    #expect(value["list"]?.stringValue == nil)
    #expect(value["list"]?[1] == 2.5)
    #expect(value["list"]?[4] == nil)
    #expect(value["list"]?[-1] == nil)
    #expect(value["list"]?.arrayValue?.count == 4)
    #expect(value["nothing"]?.arrayValue == nil)
    #expect(value["nothing"]?.objectValue == [:])
    #expect(value["missing"] == nil)
    #expect(value["list"]?["x"] == nil)
    #expect(value["integer"]?[0] == nil)
    #expect(value["list"]?.objectValue == nil)
  }

  @Test("kinds have names")
  func kinds() {
    let kinds: [JSONValue] = [nil, true, 1, 1.5, "x", [], [:]]
    #expect(
      kinds.map(\.kindDescription) == [
        "null", "true or false", "an integer", "a number", "a text", "a list", "an object",
      ])
  }

  @Test("a text with too many values or levels is refused before it is parsed")
  func limits() throws {
    let many = "[" + String(repeating: "0,", count: 80_000) + "0]"
    let failure = try #require(failure { _ = try JSONValue.parse(many, file: "x") })
    #expect(failure.description.contains("more than 80000 values"))
    let read = try JSONValue.parse(many, file: "x", maximumValues: 80_002)
    #expect(read.arrayValue?.count == 80_001)
    let atLimit = "[" + String(repeating: "0,", count: 79_998) + "0]"
    #expect(try JSONValue.parse(atLimit, file: "x").arrayValue?.count == 79_999)
    let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    #expect(try JSONValue.parse(deep, file: "x").arrayValue != nil)
    // Brackets within texts do not nest.
    let brackets = String(repeating: "[", count: 100)
    let text = "[\"\(brackets)\\\"\(brackets)\"]"
    #expect(try JSONValue.parse(text, file: "x").arrayValue?.count == 1)
  }

  @Test("a failure carries the exit code that the caller asked for")
  func exitCode() {
    let failure = failure { _ = try JSONValue.parse("{", file: "x", exitCode: .usage) }
    #expect(failure?.exitCode == .usage)
  }
}
