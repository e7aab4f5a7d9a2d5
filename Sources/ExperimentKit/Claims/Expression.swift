/// What a claim measures: arithmetic over selections from the tables.
///
///     min(accuracy.accuracy[stage=pretrained, mask_mode=none, eval_set=add|mul])
///     layer_stats.n_kept[stage=mul, layer=all] / layer_stats.n_kept[stage=add, layer=all]
///     sum(mask_histogram.count[stage=full, bin_low>=0.1]) / sum(mask_histogram.count[stage=full])
///
/// A selection has one value for every combination of the keys that it leaves open; two such
/// vectors are combined where the keys that they share agree, and `min`, `max`, `mean` and `sum`
/// reduce all values of their arguments to one.
public indirect enum Expression: Sendable, Equatable {
  /// Arithmetic with two operands.
  public enum Operation: Character, Sendable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divided = "/"
  }

  /// A function.
  public enum Function: String, Sendable, CaseIterable {
    /// The least of all values.
    case min
    /// The greatest of all values.
    case max
    /// The arithmetic mean of all values.
    case mean
    /// The sum of all values.
    case sum
    /// The absolute value of every value of one argument; reduces nothing.
    case abs
  }

  /// A number.
  case number(Double)
  /// Values from a table.
  case selection(Selection)
  /// Minus.
  case negation(Expression)
  /// Two operands.
  case operation(Operation, Expression, Expression)
  /// A function of one or more arguments.
  case call(Function, [Expression])
}

extension Expression {
  /// All selections, from left to right.
  public var selections: [Selection] {
    switch self {
    case .number: []
    case .selection(let selection): [selection]
    case .negation(let operand): operand.selections
    case .operation(_, let left, let right): left.selections + right.selections
    case .call(_, let arguments): arguments.flatMap(\.selections)
    }
  }

  /// The keys for every combination of which the expression has a value; empty for a single value.
  public var openKeys: [String] {
    switch self {
    case .number: []
    case .selection(let selection): selection.openKeys
    case .negation(let operand): operand.openKeys
    case .operation(_, let left, let right): Set(left.openKeys).union(right.openKeys).sorted()
    case .call(.abs, let arguments): arguments.first?.openKeys ?? []
    case .call: []
    }
  }
}
