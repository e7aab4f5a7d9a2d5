import Store

/// Reads the expressions of claims.
///
///     expression = sum [ ( "<=" | ">=" | "<" | ">" ) sum ]
///     sum        = term { ("+" | "-") term }
///     term       = factor { ("*" | "/") factor }
///     factor     = number | "-" factor | "(" expression ")"
///                | function "(" expression { "," expression } ")"
///                | [ study ":" ] table "." metric [ "[" condition { "," condition } "]" ]
///     condition  = key ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value { "|" value }
struct ExpressionParser {
  /// A mistake and the character at which it shows.
  struct Mistake: Error {
    var what: String
    var offset: Int
    var why: String?
    var help: String?
  }

  /// Nesting beyond this is refused.
  static let maximumDepth = 64
  static let maximumLength = 4096

  private let characters: [Character]
  private let vocabulary: ClaimVocabulary
  private var position = 0
  private var depth = 0

  private init(_ text: String, _ vocabulary: ClaimVocabulary) {
    characters = Array(text)
    self.vocabulary = vocabulary
  }

  /// Reads a whole text.
  ///
  /// - Throws: ``Mistake``.
  static func parse(_ text: String, _ vocabulary: ClaimVocabulary) throws -> Expression {
    guard text.utf8.count <= maximumLength else {
      throw Mistake(what: "the expression has more than \(maximumLength) bytes", offset: 0)
    }
    var parser = ExpressionParser(text, vocabulary)
    let expression = try parser.expression()
    parser.skipSpace()
    if let character = parser.current {
      throw parser.mistake("unexpected '\(character)'")
    }
    return expression
  }

  // MARK: - Arithmetic

  private mutating func expression() throws -> Expression {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.maximumDepth { throw mistake("the expression is nested too deeply") }
    let left = try sum()
    guard let comparison = take(.atMost, .atLeast, .less, .greater) else { return left }
    return .operation(comparison, left, try sum())
  }

  private mutating func sum() throws -> Expression {
    var left = try term()
    while let operation = take(.plus, .minus) {
      left = .operation(operation, left, try term())
    }
    return left
  }

  private mutating func term() throws -> Expression {
    var left = try factor()
    while let operation = take(.times, .divided) {
      left = .operation(operation, left, try factor())
    }
    return left
  }

  private mutating func factor() throws -> Expression {
    skipSpace()
    guard let character = current else { throw mistake("the expression ends too early") }
    if character == "-" {
      depth += 1
      defer { depth -= 1 }
      if depth > Self.maximumDepth { throw mistake("the expression is nested too deeply") }
      position += 1
      return .negation(try factor())
    }
    if character == "(" {
      position += 1
      let inner = try expression()
      try expect(")")
      return inner
    }
    if character.isNumber || character == "." { return .number(try number()) }
    return try named()
  }

  private mutating func number() throws -> Double {
    let start = position
    while let character = current, character.isNumber || character == "." || isExponent(start) {
      position += 1
    }
    let text = String(characters[start..<position])
    guard let value = try? CSVNumber.parse(text), value.isFinite else {
      throw mistake("\(Failure.quote(text)) is not a number", at: start)
    }
    return value
  }

  /// Whether the current character continues a number as `e`, `E` or the sign after it.
  private func isExponent(_ start: Int) -> Bool {
    guard let character = current, position > start else { return false }
    if character == "e" || character == "E" { return true }
    let previous = characters[position - 1]
    return (character == "+" || character == "-") && (previous == "e" || previous == "E")
  }

  // MARK: - Functions and selections

  private mutating func named() throws -> Expression {
    let start = position
    let study = studyPrefix()
    let nameStart = position
    let name = identifier()
    if name.isEmpty {
      throw mistake(current.map { "unexpected '\($0)'" } ?? "the expression ends too early")
    }
    skipSpace()
    if current == "(" {
      guard study == nil, let function = Expression.Function(rawValue: name) else {
        let names = Expression.Function.allCases.map(\.rawValue)
        throw mistake(
          "unknown function \(Failure.quote(name))", at: nameStart,
          why: "allowed are \(names.joined(separator: ", "))",
          help: Suggestion.help(for: name, among: names))
      }
      return try call(function, at: start)
    }
    return .selection(try selection(table: name, study: study, at: nameStart))
  }

  private mutating func call(_ function: Expression.Function, at start: Int) throws -> Expression {
    try expect("(")
    var arguments = [try expression()]
    skipSpace()
    while current == "," {
      position += 1
      arguments.append(try expression())
      skipSpace()
    }
    try expect(")")
    if function.elementwise != nil, arguments.count != 1 {
      throw mistake("'\(function.rawValue)' has one argument", at: start)
    }
    return .call(function, arguments)
  }

  private mutating func selection(
    table name: String, study: String?, at start: Int
  ) throws -> Selection {
    guard let table = vocabulary.table(name) else {
      let names = vocabulary.tables.map(\.name)
      throw mistake(
        "unknown table \(Failure.quote(name))", at: start,
        why: "the tables are \(names.joined(separator: ", "))",
        help: Suggestion.help(for: name, among: names))
    }
    try expect(".")
    skipSpace()
    let metricStart = position
    let metric = identifier()
    guard table.metrics.contains(metric) else {
      throw mistake(
        "unknown metric \(Failure.quote(metric)) of '\(name)'", at: metricStart,
        why: "allowed are \(table.metrics.joined(separator: ", "))",
        help: Suggestion.help(for: metric, among: table.metrics))
    }
    var conditions: [Selection.Condition] = []
    skipSpace()
    if current == "[" {
      repeat {
        position += 1
        conditions.append(try condition(of: table))
        skipSpace()
      } while current == ","
      try expect("]")
    }
    return Selection(
      study: study, table: table, metric: metric, conditions: conditions)
  }

  private mutating func condition(of table: Table) throws -> Selection.Condition {
    skipSpace()
    let start = position
    let key = text { !"=!<>,]|".contains($0) }
    let isAxis = key.contains(".") || vocabulary.axisKeys.contains(key)
    let names = table.keys.map(\.name) + [Selection.variantKey]
    guard isAxis || names.contains(key) else {
      throw mistake(
        "unknown key \(Failure.quote(key)) of '\(table.name)'", at: start,
        why: "allowed are \(names.joined(separator: ", ")) and swept settings such as mask.beta",
        help: Suggestion.help(for: key, among: names))
    }
    let relationStart = position
    guard let relation = relation() else {
      throw mistake("expected one of = != < <= > >= after '\(key)'")
    }
    var values: [String] = []
    repeat {
      if !values.isEmpty { position += 1 }
      skipSpace()
      let valueStart = position
      let value = text { !",]|".contains($0) }
      if value.isEmpty { throw mistake("'\(key)' is compared with nothing", at: valueStart) }
      values.append(value)
    } while current == "|"
    if relation != .equal && relation != .notEqual {
      let isNumeric = isAxis || table.keys.contains { $0.name == key && $0.kind != .text }
      guard isNumeric else {
        throw mistake("'\(key)' is text and has no order", at: relationStart)
      }
      guard values.count == 1, KeyOrder.number(values[0]) != nil else {
        throw mistake("'\(key)' must be compared with one number", at: relationStart)
      }
    }
    return Selection.Condition(key: key, relation: relation, values: values)
  }

  private mutating func relation() -> Selection.Relation? {
    guard let first = current else { return nil }
    if position + 1 < characters.count,
      let relation = Selection.Relation(rawValue: String([first, characters[position + 1]]))
    {
      position += 2
      return relation
    }
    guard let relation = Selection.Relation(rawValue: String(first)) else { return nil }
    position += 1
    return relation
  }

  // MARK: - Characters

  private var current: Character? { position < characters.count ? characters[position] : nil }

  private mutating func skipSpace() {
    while let character = current, character.isWhitespace { position += 1 }
  }

  private mutating func identifier() -> String {
    let start = position
    while let character = current, character.isLetter || character.isNumber || character == "_" {
      position += 1
    }
    return String(characters[start..<position])
  }

  /// Reads `name:` when that is what stands here.
  private mutating func studyPrefix() -> String? {
    let rest = characters[position...]
    let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "-" }
    guard !name.isEmpty, name.endIndex < rest.endIndex, rest[name.endIndex] == ":" else {
      return nil
    }
    position = name.endIndex + 1
    return String(name)
  }

  /// The characters up to one that is not wanted, without the spaces around them.
  private mutating func text(while isWanted: (Character) -> Bool) -> String {
    let start = position
    while let character = current, isWanted(character) { position += 1 }
    var result = characters[start..<position]
    while result.last?.isWhitespace == true { result.removeLast() }
    while result.first?.isWhitespace == true { result.removeFirst() }
    return String(result)
  }

  /// Reads the first of these operations that stands here, if one does.
  private mutating func take(_ operations: Expression.Operation...) -> Expression.Operation? {
    skipSpace()
    let rest = characters[position...]
    guard let operation = operations.first(where: { rest.starts(with: $0.rawValue) }) else {
      return nil
    }
    position += operation.rawValue.count
    return operation
  }

  private mutating func expect(_ character: Character) throws {
    skipSpace()
    guard current == character else {
      throw mistake(
        "expected '\(character)', found \(current.map { "'\($0)'" } ?? "the end")")
    }
    position += 1
  }

  private func mistake(
    _ what: String, at offset: Int? = nil, why: String? = nil, help: String? = nil
  ) -> Mistake {
    Mistake(what: what, offset: offset ?? position, why: why, help: help)
  }
}
