extension JSONValue {
  /// The value as JSON text.
  ///
  /// The same value always gives the same bytes: members are sorted by the bytes of their keys,
  /// numbers have the fewest digits that read back to the same value, and a `.number` always has a
  /// fraction or an exponent. `pretty` indents by two spaces and ends with a line feed; otherwise
  /// there is no white space at all.
  ///
  /// **Edge cases**: NaN and the infinities become the strings `"NaN"`, `"inf"` and `"-inf"`, which
  /// ``numberValue`` reads back.
  public func serialized(pretty: Bool = false) -> String {
    var text = ""
    append(to: &text, indentation: pretty ? 0 : nil)
    if pretty { text += "\n" }
    return text
  }

  private func append(to text: inout String, indentation: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value):
      text += value.isFinite ? value.description : "\"\(CSVNumber.format(value))\""
    case .string(let value): JSONValue.appendQuoted(value, to: &text)
    case .array(let elements):
      JSONValue.appendList(elements, "[", "]", to: &text, indentation: indentation) {
        $1.append(to: &$0, indentation: $2)
      }
    case .object(let members):
      let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      JSONValue.appendList(sorted, "{", "}", to: &text, indentation: indentation) {
        JSONValue.appendQuoted($1.key, to: &$0)
        $0 += $2 == nil ? ":" : ": "
        $1.value.append(to: &$0, indentation: $2)
      }
    }
  }

  private static func appendList<Element>(
    _ elements: [Element], _ open: String, _ close: String, to text: inout String,
    indentation: Int?, append: (inout String, Element, Int?) -> Void
  ) {
    text += open
    let inner = indentation.map { $0 + 2 }
    for (index, element) in elements.enumerated() {
      if index > 0 { text += "," }
      if let inner { text += "\n" + String(repeating: " ", count: inner) }
      append(&text, element, inner)
    }
    if let indentation, !elements.isEmpty {
      text += "\n" + String(repeating: " ", count: indentation)
    }
    text += close
  }

  /// Appends a JSON string, escaping only what JSON demands.
  ///
  /// The escapes are those of Rust's `serde_json`, so that safetensors headers come out byte for
  /// byte as the reference implementation writes them.
  static func appendQuoted(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\u{08}": text += "\\b"
      case "\t": text += "\\t"
      case "\n": text += "\\n"
      case "\u{0C}": text += "\\f"
      case "\r": text += "\\r"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
