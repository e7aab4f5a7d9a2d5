import FuzzTargets
import Testing

/// An input that costs a careless reader much more than its size.
struct HostileInput: Sendable, CustomTestStringConvertible {
  let target: FuzzTarget
  let name: String
  /// What comes first, once.
  var head: [UInt8] = []
  /// What is repeated up to the size.
  let body: [UInt8]
  /// What comes last, once.
  var tail: [UInt8] = []

  init(_ target: FuzzTarget, _ name: String, head: String = "", _ body: String, tail: String = "") {
    self.target = target
    self.name = name
    self.head = Array(head.utf8)
    self.body = Array(body.utf8)
    self.tail = Array(tail.utf8)
  }

  init(_ target: FuzzTarget, _ name: String, bytes head: [UInt8], _ body: [UInt8]) {
    (self.target, self.name, self.head, self.body) = (target, name, head, body)
  }

  var testDescription: String { "\(target.rawValue): \(name)" }

  /// The input at about a given size.
  func bytes(count: Int) -> [UInt8] {
    let room = max(0, count - head.count - tail.count)
    var bytes = head
    bytes.reserveCapacity(count)
    // In large pieces: a debug build takes its time for millions of small ones.
    let piece = Array(repeatElement(body, count: 1024).joined())
    for _ in 0..<room / piece.count { bytes += piece }
    return bytes + piece.prefix(room % piece.count / body.count * body.count) + tail
  }

  static let all: [HostileInput] = texts + tensors + data

  private static let texts = [
    HostileInput(.csv, "commas", head: "a,b\n", ",\n"),
    HostileInput(.csv, "empty rows", head: "a\n", "\n"),
    HostileInput(.csv, "columns", "a,"),
    HostileInput(.csv, "different columns", head: "a", "b,", tail: "c"),
    HostileInput(.csv, "one field", head: "a\n\"", "\"\"", tail: "\"\n"),
    HostileInput(.csv, "open quote", head: "a\n\"", "x\n"),
    HostileInput(.csv, "short fields", head: "a,b,c,d\n", "1,2,3,4\n"),
    HostileInput(.json, "lists", head: "[", "[],", tail: "[]]"),
    HostileInput(.json, "objects", head: "[", "{},", tail: "{}]"),
    HostileInput(.json, "depth", "["),
    HostileInput(.json, "depth of objects", "{\"a\":"),
    HostileInput(.json, "numbers", head: "[", "1,", tail: "1]"),
    HostileInput(.json, "one text", head: "\"", "\\u0000", tail: "\""),
    HostileInput(.json, "one number", "9"),
    HostileInput(.yaml, "lists", head: "[", "[],", tail: "]"),
    HostileInput(.yaml, "depth", "["),
    HostileInput(.yaml, "dashes", "- "),
    HostileInput(.yaml, "colons", "a: "),
    HostileInput(.yaml, "questions", "? "),
    HostileInput(.yaml, "one key", head: "? ", "a\n "),
    HostileInput(.yaml, "one text", head: "\"", "\\x00", tail: "\""),
    HostileInput(.yaml, "comments", "#\n"),
    HostileInput(.yaml, "lines", "- a\n"),
    HostileInput(.yaml, "anchors", "- &a x\n"),
    HostileInput(.yaml, "directives", "%TAG ! x\n"),
    HostileInput(.inline, "values", "1,"),
    HostileInput(.inline, "lists", "[],"),
    HostileInput(
      .manifest, "keys", head: "schema: 1\nexperiment: addmul-fnn\nvariants:\n", "  a:\n"),
    HostileInput(
      .manifest, "layers", head: "schema: 1\nexperiment: addmul-fnn\nmodel: {hidden: [", "9,",
      tail: "9]}"),
    HostileInput(
      .manifest, "sweep", head: "schema: 1\nexperiment: addmul-fnn\nsweep: {mask.beta: [", "1,",
      tail: "9]}"),
    HostileInput(
      .manifest, "seeds", head: "schema: 1\nexperiment: addmul-fnn\nseeds: [", "1,", tail: "9]"),
    HostileInput(
      .manifest, "measure",
      head: "schema: 1\nexperiment: addmul-fnn\nclaims: [{id: a, measure: \"", "(", tail: "\"}]"),
  ]

  private static func header(_ name: String, _ body: String) -> HostileInput {
    // The length of the header in front: a mebibyte less the eight bytes.
    var input = HostileInput(.safetensors, name, body)
    let length = UInt64(1 << 20) - 8
    input.head = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + input.head
    return input
  }

  private static let tensors = [
    header("lists", "{\"a\":[["), header("braces", "{"), header("spaces", " "),
    header("entries", "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},"),
    HostileInput(.safetensors, "zeros", "\0"), HostileInput(.checkpoint, "zeros", "\0"),
  ]

  private static let data = [
    HostileInput(.mathematics, "short lines", "a\nb\n"),
    HostileInput(.mathematics, "empty lines", "\n"),
    HostileInput(.mathematics, "one line", "a"),
    HostileInput(.scan, "short lines", "IN: run OUT: I_RUN\n"),
    HostileInput(.scan, "one line", head: "IN: ", "run "),
    HostileInput(.scan, "spaces", head: "IN: ", " "),
    HostileInput(.columns, "numbers", head: "a\n", "1\n"),
    HostileInput(.columns, "one list", head: "a\n", "1 "),
    HostileInput(.columns, "columns", head: "a,b,c,d\n", "1,2,3,4\n"),
    HostileInput(.idx, "zeros", "\0"),
    HostileInput(.idx, "one axis", head: "\0\0\u{8}\u{1}\0\u{F}\0\0", "\0"),
    HostileInput(.cifar, "zeros", "\0"),
    HostileInput(.gzip, "header without end", head: "\u{1F}", "\u{8}"),
    // The header of an image of one pixel, then empty texts.
    HostileInput(
      .png, "texts",
      bytes: [
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44,
        0x52,
        0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3A, 0x7E,
        0x9B, 0x55,
      ],
      [0x00, 0x00, 0x00, 0x00, 0x74, 0x45, 0x58, 0x74, 0x96, 0x42, 0xC5, 0x85]),
  ]
}
