import Store

extension ValueCoder where Value == Int {
  static func integer(in range: ClosedRange<Int>) -> ValueCoder {
    ValueCoder(
      type: "integer", range: describe(range),
      read: { try $0.integer() },
      fromJSON: \.integerValue,
      toJSON: { .integer($0) },
      problem: { range.contains($0) ? nil : "\($0) is out of range" })
  }

  private static func describe(_ range: ClosedRange<Int>) -> String {
    switch (range.lowerBound, range.upperBound) {
    case (Int.min, Int.max): ""
    case (let lowest, Int.max): "≥ \(lowest)"
    case (Int.min, let highest): "≤ \(highest)"
    case (let lowest, let highest): "\(lowest) … \(highest)"
    }
  }
}

extension ValueCoder where Value == Double {
  /// Finite numbers, optionally in a closed range and above a bound that is itself excluded.
  static func number(in range: ClosedRange<Double>?, above bound: Double?) -> ValueCoder {
    ValueCoder(
      type: "number", range: describe(range, above: bound),
      read: { try $0.number() },
      fromJSON: \.numberValue,
      toJSON: { .number($0) },
      problem: { value in
        if !value.isFinite { return "\(CSVNumber.format(value)) is not a finite number" }
        let isAllowed = (range?.contains(value) ?? true) && (bound.map { value > $0 } ?? true)
        return isAllowed ? nil : "\(CSVNumber.format(value)) is out of range"
      })
  }

  private static func describe(_ range: ClosedRange<Double>?, above bound: Double?) -> String {
    var parts: [String] = []
    if let bound { parts.append("> \(CSVNumber.format(bound))") }
    if let range {
      let lowest = CSVNumber.format(range.lowerBound)
      let highest = CSVNumber.format(range.upperBound)
      switch (range.lowerBound.isFinite, range.upperBound.isFinite) {
      case (true, true):
        parts.append(bound == nil ? "\(lowest) … \(highest)" : "≤ \(highest)")
      case (true, false): parts.append("≥ \(lowest)")
      case (false, true): parts.append("≤ \(highest)")
      case (false, false): break
      }
    }
    return parts.joined(separator: ", ")
  }
}

extension ValueCoder where Value == Bool {
  static var flag: ValueCoder {
    ValueCoder(
      type: "true or false", range: "",
      read: { try $0.boolean() },
      fromJSON: \.boolValue,
      toJSON: { .bool($0) },
      problem: { _ in nil })
  }
}

extension ValueCoder where Value == String {
  static var text: ValueCoder {
    ValueCoder(
      type: "text", range: "",
      read: { try $0.string() },
      fromJSON: \.stringValue,
      toJSON: { .string($0) },
      problem: { text in
        text.utf8.count > 1024 ? "the text has more than 1,024 bytes" : nil
      })
  }
}

extension ValueCoder
where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  static var choice: ValueCoder {
    let names = Value.allCases.map(\.rawValue)
    return ValueCoder(
      type: "choice", range: names.joined(separator: ", "),
      read: { node in
        let name = try node.string()
        guard let value = Value(rawValue: name) else {
          throw Failure(
            .manifestInvalid, "unknown choice \(Failure.quote(name))", location: node.location,
            help: Suggestion.help(for: name, among: names))
        }
        return value
      },
      fromJSON: { $0.stringValue.flatMap(Value.init(rawValue:)) },
      toJSON: { .string($0.rawValue) },
      problem: { _ in nil })
  }
}
