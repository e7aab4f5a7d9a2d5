import Foundation
import Store

/// A JSON fixture; how each was made is told in `tools/goldens/README.md`.
struct Fixture {
  /// Its cases.
  let cases: [JSONValue]

  init(_ name: String) throws {
    let path = (Bundle.module.resourcePath ?? "") + "/Fixtures/\(name).json"
    let value = try JSONValue.parse(
      try String(contentsOfFile: path, encoding: .utf8), file: "\(name).json")
    cases = value["cases"]?.arrayValue ?? []
  }
}

extension JSONValue {
  /// The numbers of a list; null is NaN, "inf" and "-inf" are infinite.
  var numbers: [Double] { arrayValue?.map(\.number) ?? [] }

  /// A number; null is NaN, "inf" and "-inf" are infinite.
  var number: Double {
    switch stringValue {
    case "inf": .infinity
    case "-inf": -.infinity
    default: numberValue ?? .nan
    }
  }

  var booleans: [Bool] { arrayValue?.compactMap(\.boolValue) ?? [] }

  /// The number of a key.
  func number(_ key: String) -> Double { self[key]?.number ?? .nan }
}
