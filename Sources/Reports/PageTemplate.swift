import CMustache
import Foundation
import Store

/// The pages that are filled with results: Mustache templates, embedded in the program.
///
/// Mustache because it has no logic: what a page says is decided in Swift, where it is tested, and the
/// template shows only where it stands. Every value is escaped. The engine is a C++ header of Debian that is
/// compiled into the program, so that a page needs no interpreter: without Python it lacks its figures, and
/// nothing else.
enum PageTemplate {
  /// A study.
  case study
  /// A folder of studies.
  case index

  /// The page with the values.
  ///
  /// An empty text, an empty list, false and null leave a section out. What browsers would not show, or
  /// obey, is replaced: control characters, and those that turn the direction of the text around.
  ///
  /// - Throws: ``Failure`` (internal error) when the template is wrong.
  func filled(with values: [String: JSONValue]) throws -> String {
    let data = Self.data(.object(values))
    defer { mustache_free(data) }
    mustache_set(data, "style", Self.text(PackageResources.style_css))
    mustache_set(data, "head", Self.partial(PackageResources.head_html))
    mustache_set(data, "table", Self.partial(PackageResources.table_html))
    let template: [UInt8] =
      switch self {
      case .study: PackageResources.study_html
      case .index: PackageResources.index_html
      }
    var (count, problem): (Int, UnsafeMutablePointer<CChar>?) = (0, nil)
    let page = template.withUnsafeBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        mustache_render($0.baseAddress, $0.count, data, &count, &problem)
      }
    }
    guard let page else {
      defer { free(problem) }
      throw Failure(
        .internalError, "the template of the page is wrong",
        why: problem.map { String(cString: $0) })
    }
    defer { free(page) }
    return String(
      decoding: UnsafeRawBufferPointer(start: page, count: count), as: UTF8.self)
  }

  // MARK: - Values

  private static func data(_ value: JSONValue) -> OpaquePointer? {
    switch value {
    case .null: return mustache_flag(false)
    case .bool(let flag): return mustache_flag(flag)
    case .integer(let number): return text(Array(String(number).utf8))
    case .number(let number): return text(Array(ShortNumber.text(number).utf8))
    case .string(let string):
      return string.isEmpty ? mustache_flag(false) : text(Array(harmless(string).utf8))
    case .array(let elements):
      let list = mustache_list()
      for element in elements { mustache_append(list, data(element)) }
      return list
    case .object(let members):
      let object = mustache_object()
      for (name, member) in members { mustache_set(object, name, data(member)) }
      return object
    }
  }

  private static func text(_ bytes: [UInt8]) -> OpaquePointer? {
    bytes.withUnsafeBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { mustache_text($0.baseAddress, $0.count) }
    }
  }

  private static func partial(_ bytes: [UInt8]) -> OpaquePointer? {
    bytes.withUnsafeBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { mustache_partial($0.baseAddress, $0.count) }
    }
  }

  private static func harmless(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let isRefused =
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0x00..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
      result.append(isRefused ? "\u{FFFD}" : scalar)
    }
    return String(result)
  }
}
