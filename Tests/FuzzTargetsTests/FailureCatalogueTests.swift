import Foundation
import Store
import Testing

/// Every failure that a reader can report is provoked by a file that is kept, or by a test that is
/// named here.
struct FailureCatalogueTests {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// Messages without a file of their own, and where they are provoked instead.
  static let elsewhere = [
    "\u{0} is not a number": "CSVNumberTests",
    "too many columns": "CSVTableTests",
    "a checked row cannot be read again: \u{0}": "a mistake in modlab",
    "more than \u{0} values": "JSONValueTests",
    "the number \u{0} begins with a zero": "YAMLNodeReadingTests",
    "number too large": "YAMLNodeReadingTests",
    "libyaml cannot be initialised": "no memory",
    "\u{0}: file too large": "YAMLNodeTests",
    "too many values": "YAMLNodeTests",
    "unexpected event from libyaml": "a mistake in libyaml",
    "\u{0} images instead of \u{0}": "CIFAR10BatchTests",
    "zlib cannot be initialised": "no memory",
    "\u{0} labels for \u{0} images": "IDXFileTests",
    "\u{0} lines instead of \u{0}": "OfficialDataSetTests",
    "\u{0} images of \u{0}×\u{0}": "OfficialDataSetTests",
    "\u{0}: cannot read \u{0}": "OfficialDataSetTests",
    "libcurl cannot be loaded": "no such library",
    "libcurl cannot be initialised": "no memory",
    "libpng cannot be loaded": "no such library",
    "libpng cannot be initialised": "no memory",
    "cannot read \u{0}": "no memory",
  ]

  @Test("every message of a reader is provoked somewhere")
  func messages() throws {
    let snapshots = try ["StoreTests", "DatasetsTests", "FetchingTests"].flatMap { module in
      let folder = "\(Self.root)/Tests/\(module)/Fixtures/bad"
      return try Folder.contents(at: folder).filter { $0.hasSuffix(".txt") }.map {
        String(decoding: try InputFile.bytes(at: "\(folder)/\($0)"), as: UTF8.self)
      }
    }
    var missing: [String] = []
    var found = 0
    for folder in [
      "Store/Formats", "Datasets/Formats", "Datasets/SCAN", "Datasets/Official", "Fetching",
    ] {
      let path = "\(Self.root)/Sources/\(folder)"
      for name in try Folder.contents(at: path) where name.hasSuffix(".swift") {
        let source = String(decoding: try InputFile.bytes(at: "\(path)/\(name)"), as: UTF8.self)
        for message in Self.messages(in: source) where Self.elsewhere[message] == nil {
          found += 1
          let isShown = snapshots.contains { Self.text($0, contains: message) }
          if !isShown { missing.append("\(folder)/\(name): \(message)") }
        }
      }
    }
    #expect(missing == [])
    #expect(found > 40)
  }

  /// The texts that stand first in calls that make failures; what is interpolated is one zero byte.
  static func messages(in source: String) -> [String] {
    var messages: [String] = []
    let call = /(?:\bFailure\.data|\bfailure|\brefuse|\bFailure)\(([^"{}]{0,120}?)"/
    for match in source.matches(of: call) {
      var text = ""
      var rest = source[match.range.upperBound...]
      while let character = rest.popFirst(), character != "\"" {
        guard character == "\\" else {
          text.append(character)
          continue
        }
        guard rest.first == "(" else {
          if let escaped = rest.popFirst() { text.append(escaped) }
          continue
        }
        var depth = 0
        repeat {
          let next = rest.popFirst()
          depth += next == "(" ? 1 : next == ")" ? -1 : 0
        } while depth > 0 && !rest.isEmpty
        text.append("\u{0}")
      }
      messages.append(text)
    }
    return messages
  }

  /// Whether the fixed parts of a message stand in a text, one after the other.
  private static func text(_ text: String, contains message: String) -> Bool {
    var rest = text[...]
    for part in message.split(separator: "\u{0}") {
      guard let place = rest.firstRange(of: part) else { return false }
      rest = rest[place.upperBound...]
    }
    return true
  }
}
