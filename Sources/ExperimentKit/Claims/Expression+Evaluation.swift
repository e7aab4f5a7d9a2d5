import Statistics

/// Values of an expression, one for every combination of its open keys.
struct KeyedValues: Equatable {
  /// Names of the open keys, sorted.
  var keys: [String]
  /// A value per combination; no combination occurs twice.
  var values: [(keys: [String], value: Double)]

  static func == (a: KeyedValues, b: KeyedValues) -> Bool {
    a.keys == b.keys
      && a.values.elementsEqual(b.values) { $0.keys == $1.keys && $0.value == $1.value }
  }

  /// A single value.
  init(_ value: Double) {
    keys = []
    values = [([], value)]
  }

  init(keys: [String], values: [(keys: [String], value: Double)]) {
    self.keys = keys
    self.values = values
  }
}

/// Why an expression has no value.
struct EvaluationProblem: Error, Equatable {
  let reason: String
}

extension Expression {
  /// Computes the expression.
  ///
  /// - Parameter rows: Gives the table of a selection, reduced to one seed and run.
  /// - Throws: ``EvaluationProblem`` when rows are missing or do not fit together.
  func evaluate(_ rows: (Selection) throws -> ResultTable) throws -> KeyedValues {
    switch self {
    case .number(let value): return KeyedValues(value)
    case .selection(let selection): return try selection.values(in: rows(selection))
    case .negation(let operand):
      return try operand.evaluate(rows).map { -$0 }
    case .operation(let operation, let left, let right):
      return try left.evaluate(rows).combined(with: right.evaluate(rows), operation)
    case .call(let function, let arguments):
      if let transform = function.elementwise {
        guard let argument = arguments.first else {
          throw EvaluationProblem(reason: "\(function.rawValue) of nothing")
        }
        return try argument.evaluate(rows).map(transform)
      }
      let values = try arguments.flatMap { try $0.evaluate(rows).values.map(\.value) }
      return KeyedValues(try function.reduce(values))
    }
  }
}

extension Expression.Function {
  /// One value from many; NaN when one of them is.
  fileprivate func reduce(_ values: [Double]) throws -> Double {
    guard let least = values.min(), let greatest = values.max() else {
      throw EvaluationProblem(reason: "\(rawValue) of nothing")
    }
    if values.contains(where: \.isNaN) { return .nan }
    switch self {
    case .min: return least
    case .max: return greatest
    case .sum: return PairwiseSum.sum(values)
    case .mean: return PairwiseSum.sum(values) / Double(values.count)
    case .count: return Double(values.count)
    case .std:
      guard let deviation = Summary(of: values).standardDeviation else {
        throw EvaluationProblem(reason: "the standard deviation of a single value")
      }
      return deviation
    case .abs, .sqrt: preconditionFailure("\(rawValue) reduces nothing")
    }
  }
}

extension Expression.Operation {
  /// A comparison gives 1 where it holds, 0 where it does not and NaN when one side is.
  fileprivate func apply(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .plus: a + b
    case .minus: a - b
    case .times: a * b
    case .divided: a / b
    case .less: indicator(a < b, a, b)
    case .atMost: indicator(a <= b, a, b)
    case .greater: indicator(a > b, a, b)
    case .atLeast: indicator(a >= b, a, b)
    }
  }

  private func indicator(_ holds: Bool, _ a: Double, _ b: Double) -> Double {
    a.isNaN || b.isNaN ? .nan : holds ? 1 : 0
  }
}

extension KeyedValues {
  fileprivate func map(_ transform: (Double) -> Double) -> KeyedValues {
    KeyedValues(keys: keys, values: values.map { ($0.keys, transform($0.value)) })
  }

  /// Combines values where the keys that both have agree.
  ///
  /// - Throws: ``EvaluationProblem`` when a value of one side has no partner on the other.
  fileprivate func combined(
    with other: KeyedValues, _ operation: Expression.Operation
  ) throws -> KeyedValues {
    let shared = keys.filter(other.keys.contains)
    let all = Set(keys).union(other.keys).sorted()
    func project(_ values: [String], _ names: [String]) -> [String] {
      shared.compactMap { name in names.firstIndex(of: name).map { values[$0] } }
    }
    let partners = Dictionary(grouping: other.values) { project($0.keys, other.keys) }
    var unmatched = Set(partners.keys)
    var result: [(keys: [String], value: Double)] = []
    for left in values {
      let key = project(left.keys, keys)
      guard let matching = partners[key] else {
        throw EvaluationProblem.noPartner(shared, key)
      }
      unmatched.remove(key)
      for right in matching {
        let combination = all.map { name in
          keys.firstIndex(of: name).map { left.keys[$0] }
            ?? other.keys.firstIndex(of: name).map { right.keys[$0] } ?? ""
        }
        result.append((combination, operation.apply(left.value, right.value)))
      }
    }
    if let key = unmatched.min(by: { $0.lexicographicallyPrecedes($1) }) {
      throw EvaluationProblem.noPartner(shared, key)
    }
    return KeyedValues(keys: all, values: result)
  }
}

extension EvaluationProblem {
  fileprivate static func noPartner(_ names: [String], _ values: [String]) -> EvaluationProblem {
    let place = zip(names, values).map { "\($0)=\($1)" }.joined(separator: ", ")
    return EvaluationProblem(reason: "the value at \(place) has no counterpart")
  }
}

// MARK: - Selecting rows

extension Selection {
  /// The values of the rows that meet all conditions.
  fileprivate func values(in table: ResultTable) throws -> KeyedValues {
    let open = openKeys
    let names = Set(conditions.map(\.key))
    var values: [(keys: [String], value: Double)] = []
    var seen: Set<[String]> = []
    for row in table.rows {
      let isAdmitted = names.allSatisfy { name in
        table.value(of: name, in: row).map { admits(name, value: $0) } ?? false
      }
      guard isAdmitted else { continue }
      let combination = open.map { table.value(of: $0, in: row) ?? "" }
      guard seen.insert(combination).inserted else {
        throw EvaluationProblem(reason: "\(self) has two values for one run")
      }
      values.append((combination, row.value))
    }
    guard !values.isEmpty else { throw EvaluationProblem(reason: missing(in: table, names)) }
    return KeyedValues(keys: open, values: values)
  }

  /// Says which condition excludes everything.
  private func missing(in table: ResultTable, _ names: Set<String>) -> String {
    for name in names.sorted() {
      let found = Set(table.rows.compactMap { table.value(of: name, in: $0) })
      if !table.rows.isEmpty, found.isEmpty {
        return "\(self): \(self.table.name).csv has no column '\(name)'"
      }
      if !table.rows.isEmpty, !found.contains(where: { admits(name, value: $0) }) {
        let list = found.sorted().prefix(12).joined(separator: ", ")
        return "\(self) selects nothing: '\(name)' is one of \(list)"
      }
    }
    return "\(self) selects nothing"
  }
}
