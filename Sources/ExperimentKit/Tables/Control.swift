extension Table {
  /// What numbers of a table are to be compared with: a control, a null, a level of chance.
  ///
  /// Declared with the table, so that reports show the control beside every number that has one, and
  /// beside a claim what the same measure is worth under it.
  public enum Control: Sendable, Hashable {
    /// Rows with another value of a key: what holds for the mask, for instance, beside what holds for a random
    /// one. `of` is a pattern with `*`; so may be the control, and then takes what the pattern stands for.
    case rows(key: String, of: String, control: String)
    /// Another metric of the same rows.
    case metric(String, control: String)

    /// How people call the control.
    public var name: String {
      switch self {
      case .rows(_, _, let control): control.replacing("*", with: "…")
      case .metric(_, let control): control
      }
    }
  }

  /// The key whose values have controls among the other values; nil when there is none.
  public var controlledKey: String? {
    controls.lazy.compactMap {
      if case .rows(let key, _, _) = $0 { key } else { nil }
    }.first
  }

  /// Whether a value of ``controlledKey`` is a control of other values.
  public func isControl(_ value: String) -> Bool {
    controls.contains {
      if case .rows(_, _, let control) = $0 { GlobPattern(control).matches(value) } else { false }
    }
  }

  /// The values of ``controlledKey`` that are controls of one of its values.
  public func controls(ofValue value: String) -> [String] {
    controls.compactMap {
      guard case .rows(_, let pattern, let control) = $0 else { return nil }
      return Selection.controlValue(value, of: pattern, control: control)
    }
  }

  /// The metrics that are controls of a metric.
  public func controls(ofMetric metric: String) -> [String] {
    controls.compactMap {
      if case .metric(metric, let control) = $0 { control } else { nil }
    }
  }
}

extension Expression {
  /// The controls that some part of the expression has, each once, in the order of the tables.
  var controls: [Table.Control] {
    var found: [Table.Control] = []
    for selection in selections {
      for control in selection.table.controls
      where !found.contains(control) && selection.under(control) != nil {
        found.append(control)
      }
    }
    return found
  }

  /// The expression with the control in place of what it is a control of; parts that have no such control
  /// stay.
  func under(_ control: Table.Control) -> Expression {
    switch self {
    case .number: self
    case .selection(let selection): .selection(selection.under(control) ?? selection)
    case .negation(let operand): .negation(operand.under(control))
    case .operation(let operation, let left, let right):
      .operation(operation, left.under(control), right.under(control))
    case .call(let function, let arguments): .call(function, arguments.map { $0.under(control) })
    }
  }
}

extension Selection {
  /// The same selection of the control; nil when what is selected has no such control.
  fileprivate func under(_ control: Table.Control) -> Selection? {
    guard table.controls.contains(control) else { return nil }
    var replaced = conditions
    var metric = metric
    switch control {
    case .metric(let name, let other):
      guard metric == name else { return nil }
      metric = other
    case .rows(let key, let pattern, let other):
      var isFound = false
      for (index, condition) in conditions.enumerated()
      where condition.key == key && condition.relation == .equal {
        let values = condition.values.map { value -> String in
          guard let new = Self.controlValue(value, of: pattern, control: other) else {
            return value
          }
          isFound = true
          return new
        }
        replaced[index] = Condition(key: key, relation: .equal, values: values)
      }
      guard isFound else { return nil }
    }
    return Selection(study: study, table: table, metric: metric, conditions: replaced)
  }

  /// The control's value for a value, nil when the pattern does not match it.
  fileprivate static func controlValue(
    _ value: String, of pattern: String, control: String
  ) -> String? {
    guard GlobPattern(pattern).matches(value), !GlobPattern(control).matches(value) else {
      return nil
    }
    return control.replacing("*", with: value)
  }
}
