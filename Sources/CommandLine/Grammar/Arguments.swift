import Store

/// The options and operands found on a command line, after the grammar has checked them.
public struct Arguments: Sendable, Equatable {
  /// Texts by option name, in the order given; a flag has one empty text.
  public internal(set) var values: [String: [String]] = [:]
  /// What was given without an option.
  public internal(set) var operands: [String] = []

  /// Whether a flag was given.
  public func flag(_ name: String) -> Bool { values[name] != nil }

  /// The text of an option; the last one counts when it was given twice.
  public func text(_ name: String) -> String? { values[name]?.last }

  /// All texts of a repeatable option.
  public func texts(_ name: String) -> [String] { values[name] ?? [] }

  /// The text of an option that the grammar requires.
  public func required(_ name: String) -> String {
    guard let text = text(name) else {
      preconditionFailure("option --\(name) is not declared as required")
    }
    return text
  }

  /// The words of an option that takes a list.
  public func words(_ name: String) -> [String] {
    texts(name).flatMap { $0.split(separator: ",").map(String.init) }
  }

  /// The whole number of an option.
  ///
  /// - Throws: ``Failure`` (usage) when the text is no whole number or out of range.
  public func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = text(name) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      let allowed =
        range.upperBound == .max
        ? "at least \(range.lowerBound)"
        : "\(range.lowerBound) to \(range.upperBound)"
      throw Failure(
        .usage, "\(Failure.quote(text)) is not a value of --\(name)",
        why: "a whole number of \(allowed) is needed")
    }
    return value
  }

  /// The number of an option.
  ///
  /// - Throws: ``Failure`` (usage) when the text is no number or below the minimum.
  public func number(_ name: String, atLeast minimum: Double) throws -> Double? {
    guard let text = text(name) else { return nil }
    guard let value = Double(text), value.isFinite, value >= minimum else {
      throw Failure(
        .usage, "\(Failure.quote(text)) is not a value of --\(name)",
        why: "a number of at least \(CSVNumber.format(minimum)) is needed")
    }
    return value
  }
}
