import Store

/// The options and operands found on a command line, after the grammar has checked them.
public struct Arguments: Sendable, Equatable {
  /// Texts by option name, in the order given; a flag has one empty text.
  public internal(set) var values: [String: [String]] = [:]
  /// What was given without an option, or the default of the operand.
  public internal(set) var operands: [String] = []
  /// The values of options that were not given.
  private var defaults: [String: String] = [:]

  /// Nothing given, with the defaults of options.
  init(defaultsOf options: [Option]) { addDefaults(of: options) }

  /// Takes over the defaults of options.
  mutating func addDefaults(of options: [Option]) {
    for option in options { defaults[option.name] = option.defaultValue }
  }

  /// Whether a flag was given.
  public func flag(_ name: String) -> Bool { values[name] != nil }

  /// The text of an option, else its default; the last one counts when it was given twice.
  public func text(_ name: String) -> String? { values[name]?.last ?? defaults[name] }

  /// All texts of a repeatable option.
  public func texts(_ name: String) -> [String] { values[name] ?? [] }

  /// The text of an option that the grammar requires, or that has a default.
  public func required(_ name: String) -> String {
    guard let text = text(name) else {
      preconditionFailure("option --\(name) is neither required nor has a default")
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

  /// The whole number of an option that is required or has a default.
  ///
  /// - Throws: as ``integer(_:in:)``.
  public func requiredInteger(_ name: String, in range: ClosedRange<Int>) throws -> Int {
    guard let value = try integer(name, in: range) else {
      preconditionFailure("option --\(name) is neither required nor has a default")
    }
    return value
  }

  /// The number of an option that is required or has a default.
  ///
  /// - Throws: as ``number(_:atLeast:)``.
  public func requiredNumber(_ name: String, atLeast minimum: Double) throws -> Double {
    guard let value = try number(name, atLeast: minimum) else {
      preconditionFailure("option --\(name) is neither required nor has a default")
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
