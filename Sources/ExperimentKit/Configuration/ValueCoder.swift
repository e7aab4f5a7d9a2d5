import Store

/// How one type of value is read from a manifest, checked, and converted from and to JSON.
struct ValueCoder<Value: Sendable>: Sendable {
  /// Type in words, with which messages and the documentation speak: "integer".
  let type: String
  /// Allowed values in words, empty when all are.
  let range: String
  /// Reads a manifest value; throws a ``Failure`` when the type is wrong.
  let read: @Sendable (YAMLNode) throws -> Value
  /// Reads the value back from a resolved configuration; nil when the type is wrong.
  let fromJSON: @Sendable (JSONValue) -> Value?
  /// Converts a value for the resolved configuration.
  let toJSON: @Sendable (Value) -> JSONValue
  /// Says what is wrong with a value, nil when it is acceptable.
  let problem: @Sendable (Value) -> String?
  /// Whether `none` is a value too.
  var allowsNone = false

  /// Decodes and checks a manifest value.
  func decode(_ node: YAMLNode, path: String) throws -> Value {
    let value: Value
    do {
      value = try read(node)
    } catch var failure as Failure {
      failure.what = "\(Failure.quote(path)): \(failure.what)"
      if failure.why == nil { failure.why = allowed }
      throw failure
    }
    if let problem = problem(value) {
      throw Failure(
        .manifestInvalid, "\(Failure.quote(path)): \(problem)", location: node.location,
        why: allowed)
    }
    return value
  }

  /// Decodes and checks a value of a resolved configuration.
  func decode(_ json: JSONValue, path: String) throws -> Value {
    guard let value = fromJSON(json) else {
      throw Failure(
        .corrupt, "\(Failure.quote(path)) is \(json.kindDescription), not \(type)")
    }
    if let problem = problem(value) {
      throw Failure(
        .corrupt, "\(Failure.quote(path)): \(problem)", why: allowed)
    }
    return value
  }

  /// The allowed values as a sentence for messages, nil when all of the type are.
  private var allowed: String? {
    if allowsNone { return "allowed is \(range.isEmpty ? type : "\(range), or none")" }
    return range.isEmpty ? nil : "allowed is \(range)"
  }
}

// MARK: - Derived coders

extension ValueCoder {
  /// The same with `none` as an additional value.
  func optional() -> ValueCoder<Value?> {
    ValueCoder<Value?>(
      type: "\(type) or none", range: range,
      read: { node in
        if node.isNull || node.value == .scalar("none", isQuoted: false) { return nil }
        do {
          return try read(node)
        } catch var failure as Failure {
          if node.seemsToMeanNone { failure.help = "write none" }
          throw failure
        }
      },
      fromJSON: { json -> Value?? in
        if json.isNull { return .some(nil) }
        guard let value = fromJSON(json) else { return nil }
        return .some(value)
      },
      toJSON: { $0.map(toJSON) ?? .null },
      problem: { $0.flatMap(problem) },
      allowsNone: true)
  }

  /// A list of such values.
  func list(counts: ClosedRange<Int>) -> ValueCoder<[Value]> {
    let lengths =
      switch (counts.lowerBound, counts.upperBound) {
      case (0, Int.max): ""
      case (let lowest, Int.max): "at least \(lowest) element\(lowest == 1 ? "" : "s")"
      case (let lowest, let highest): "\(lowest) to \(highest) elements"
      }
    let each = range.isEmpty ? "" : "each \(range)"
    return ValueCoder<[Value]>(
      type: "list of \(type)s",
      range: [lengths, each].filter { !$0.isEmpty }.joined(separator: ", "),
      read: { node in
        do {
          return try node.sequence().map(read)
        } catch var failure as Failure {
          if let text = node.scalarText, !text.isEmpty {
            failure.help = "write a list in brackets: [\(ListText.elements(text))]"
          }
          throw failure
        }
      },
      fromJSON: { json in
        guard let elements = json.arrayValue else { return nil }
        var values: [Value] = []
        for element in elements {
          guard let value = fromJSON(element) else { return nil }
          values.append(value)
        }
        return values
      },
      toJSON: { .array($0.map(toJSON)) },
      problem: { values in
        if !counts.contains(values.count) {
          return values.isEmpty ? "the list is empty" : "the list has \(values.count) elements"
        }
        return values.lazy.compactMap(problem).first
      })
  }
}

/// Lists as people write them without brackets.
enum ListText {
  /// The elements of `64 64`, `64,64` or `(64, 64)` as they stand between the brackets of a list.
  static func elements(_ text: String) -> String {
    let parts = text.split { " ,;()[]".contains($0) }
    return Failure.printable(parts.joined(separator: ","))
  }
}

extension YAMLNode {
  /// Whether the text is one of those that other programs have for `none`.
  fileprivate var seemsToMeanNone: Bool {
    guard let text = scalarText?.lowercased() else { return false }
    let isInfinite = [".inf", "+.inf", "inf", "infinity"].contains(text)
    return isInfinite || ["none", "null", "nil", "~", "off", "no", "false", "n/a"].contains(text)
  }
}
