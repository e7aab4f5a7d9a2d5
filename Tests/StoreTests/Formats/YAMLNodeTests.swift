import Store
import Testing

struct YAMLNodeTests {
  static let sample = """
    # a comment
    schema: 1
    title: "Addition: modulo 100"   # with a colon
    pretrain:
      steps: 20000
      lr: 1.0e-4
      hidden: [2000, 1500]
    mask: {beta: 1e-4, 'quoted key': yes}
    list:
    - a
    -  {b: 2}
    nothing:
    block: |
      two
      lines
    """

  static func place(_ line: Int, _ column: Int) -> Store.SourceLocation {
    Store.SourceLocation(file: "m.yaml", line: line, column: column)
  }

  @Test("a manifest gives values, order and places")
  func structure() throws {
    let root = try YAMLNode.parse(Self.sample, file: "m.yaml")
    let entries = try root.mapping()
    #expect(
      entries.map(\.key)
        == ["schema", "title", "pretrain", "mask", "list", "nothing", "block"])
    #expect(entries[2].keyLocation == Self.place(4, 1))
    #expect(root["title"]?.value == .scalar("Addition: modulo 100", isQuoted: true))
    #expect(root["title"]?.location == Self.place(3, 8))
    #expect(root["pretrain"]?.location == Self.place(5, 3))
    #expect(root["pretrain"]?["lr"]?.location == Self.place(6, 7))
    #expect(try root["pretrain"]?["hidden"]?.sequence().map { try $0.integer() } == [2000, 1500])
    #expect(try root["pretrain"]?["hidden"]?.sequence()[1].location == Self.place(7, 18))
    #expect(root["mask"]?["quoted key"]?.value == .scalar("yes", isQuoted: false))
    #expect(try root["list"]?.sequence()[1]["b"]?.integer() == 2)
    #expect(root["nothing"]?.isNull == true)
    #expect(root["block"]?.value == .scalar("two\nlines", isQuoted: true))
    #expect(root["missing"] == nil)
    #expect(root["list"]?["b"] == nil)
  }

  @Test("line ends of Windows, a byte order mark and JSON are understood")
  func variants() throws {
    let expected = try YAMLNode.parse("a: 1\nb: [2]\n", file: "m.yaml")
    #expect(try YAMLNode.parse("a: 1\r\nb: [2]\r\n", file: "m.yaml") == expected)
    #expect(try YAMLNode.parse("\u{FEFF}a: 1\nb: [2]\n", file: "m.yaml") == expected)
    #expect(try YAMLNode.parse("%YAML 1.1\n---\na: 1\n...\n", file: "m")["a"]?.integer() == 1)
    #expect(try YAMLNode.parse(#"{"a": "x\u00fc", "b": [1]}"#, file: "m")["a"]?.string() == "xü")
  }

  @Test("a JSON value becomes the same tree as its text")
  func fromJSON() throws {
    let json: JSONValue = ["a": [1, 2.0, true, nil, "3"], "b": ["c": "text"]]
    let node = YAMLNode(json: json, location: Self.place(1, 1))
    let items = try #require(node["a"]).sequence()
    #expect(try items[0].integer() == 1)
    #expect(try items[1].number() == 2)
    #expect(try items[2].boolean())
    #expect(items[3].isNull)
    #expect(try items[4].string() == "3")
    #expect(try node["b"]?["c"]?.string() == "text")
    #expect(try node.mapping().map(\.key) == ["a", "b"])
    #expect(failure { _ = try items[4].integer() } != nil)
  }

  @Test("large, wide and deep texts are refused")
  func limits() throws {
    let spaces = [UInt8](repeating: 32, count: (1 << 20) + 1)
    let large = failure { _ = try YAMLNode.parse(spaces, file: "m") }
    #expect(large?.description.hasPrefix("m: file too large") == true)
    let many = "[" + String(repeating: "a,", count: 100_000) + "]"
    let wide = failure { _ = try YAMLNode.parse(many, file: "m") }
    #expect(wide?.what == "too many values")
    let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
    _ = try YAMLNode.parse(deep, file: "m")
  }
}
