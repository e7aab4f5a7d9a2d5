/// What a claim measures: arithmetic over selections from the tables.
///
///     min(accuracy.accuracy[stage=pretrained, mask_mode=none, eval_set=add|mul])
///     layer_stats.n_kept[stage=mul, layer=all] / layer_stats.n_kept[stage=add, layer=all]
///     sum(mask_histogram.count[stage=full, bin_low>=0.1]) / sum(mask_histogram.count[stage=full])
///     mean(cluster_test.fisher_p[quantity=importance] < 0.05)
///
/// A selection has one value for every combination of the keys that it leaves open; two such
/// vectors are combined where the keys that they share agree, and `min`, `max`, `mean`, `sum`, `count`
/// and `std` reduce all values of their arguments to one. A comparison is 1 where it holds and 0 elsewhere,
/// so that its mean is the share of values for which it holds.
public indirect enum Expression: Sendable, Equatable {
  /// Arithmetic with two operands, or a comparison of them.
  public enum Operation: String, Sendable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divided = "/"
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="
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
    /// The number of all values.
    case count
    /// The standard deviation of all values, divided by n − 1; of two or more.
    case std
    /// The absolute value of every value of one argument; reduces nothing.
    case abs
    /// The square root of every value of one argument; reduces nothing.
    case sqrt

    /// What a function of one argument does to every value of it; nil for one that reduces all values
    /// to one.
    var elementwise: ((Double) -> Double)? {
      switch self {
      case .abs: Swift.abs
      case .sqrt: { $0.squareRoot() }
      case .min, .max, .mean, .sum, .count, .std: nil
      }
    }
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
    case .call(let function, let arguments):
      function.elementwise == nil ? [] : arguments.first?.openKeys ?? []
    }
  }
}
