import FuzzTargets
import Store
import Testing

/// Names that would leave a folder, break a line of CSV or reach a terminal.
struct HostileNamesTests {
  /// Each as a text in double quotes, as YAML and JSON write it.
  static let names = [
    "../escape", "..", ".", "a/b", "/etc/passwd", "a\\nb", "a\\0b", "\\0", "a,b", "a\\\"b", " ", "",
    "a b", "\\e[31m", "-rf", "A", "ü", String(repeating: "x", count: 10_000),
  ]

  private static let head = "schema: 1\nexperiment: addmul-fnn\n"

  @Test("no such name becomes that of a variant, axis, profile or experiment", arguments: names)
  func manifests(name: String) {
    for text in [
      Self.head + "variants: {\"\(name)\": {}}",
      Self.head + "sweep: {\"\(name)\": [1]}",
      Self.head + "profiles: {\"\(name)\": {}}",
      Self.head + "profiles: {quick: {variants: {\"\(name)\": {}}}}",
      Self.head + "profiles: {quick: {skip-variants: [\"\(name)\"]}}",
      "schema: 1\nexperiment: \"\(name)\"",
      Self.head + "\"\(name)\": 1",
      Self.head + "model: {\"\(name)\": 1}",
    ] {
      // The target checks the exit code and that the message can be printed.
      let failure = FuzzTarget.manifest.read(Array(text.utf8))
      #expect(failure?.exitCode == .manifestInvalid, "\(text.prefix(200))")
      #expect((failure?.description.count ?? 0) < 2000)
    }
  }

  @Test("tensors may have any other name within the limit", arguments: names)
  func tensors(name: String) throws {
    let entry = "{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}"
    let escaped = name.replacing("\\0", with: "\\u0000").replacing("\\e", with: "\\u001b")
    let header = Array("{\"\(escaped)/w\":\(entry)}".utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    let failure = FuzzTarget.safetensors.read(length + header + [1])
    // libjansson takes no zero byte in a key, and 512 bytes are the limit.
    let isRefused = name.count > 500 || name.contains("\\0")
    #expect(failure?.exitCode == (isRefused ? .corrupt : nil))
  }

  @Test("fields of CSV may be anything, and it survives", arguments: names)
  func tables(name: String) throws {
    let table = CSVTable(header: ["stage", "value"], rows: [[name, "1"], ["x", name]])
    let text = table.serialized()
    #expect(FuzzTarget.csv.read(Array(text.utf8)) == nil)
    #expect(try CSVTable.parse(text, file: "t.csv") == table)
  }
}
