import Datasets
import Store
import Tensors

/// Some examples of a data set: inputs, targets, and the columns of a table.
struct OwnExamples: Sendable {
  let inputs: InputArray
  let targets: OwnTargets
  let table: CSVColumns?
  /// The rows of the arrays, in the order of the examples.
  let rows: [Int]

  var count: Int { rows.count }

  /// The examples at some positions.
  func selecting(_ positions: [Int]) -> OwnExamples {
    OwnExamples(inputs: inputs, targets: targets, table: table, rows: positions.map { rows[$0] })
  }

  /// The same examples with other classes; numbers stay what they are.
  func mappingClasses(_ body: (ClassArray) -> ClassArray) -> OwnExamples {
    guard case .classes(let classes) = targets else { return self }
    return OwnExamples(inputs: inputs, targets: .classes(body(classes)), table: table, rows: rows)
  }

  /// The class of each example; nil for targets of another kind.
  var classes: [Int32]? {
    guard case .classes(let classes) = targets, classes.places == 1 else { return nil }
    return rows.map { classes.classes[$0] }
  }

  /// The positions of the examples for which conditions on columns hold.
  ///
  /// - Throws: ``Failure``: (manifest invalid) without a table, (data missing) without the column, or
  ///   when a number is needed and there is none.
  func positions(where rows: RowConditions, key: String) throws -> [Int] {
    var positions = Array(0..<count)
    for condition in rows.conditions {
      guard let table else {
        throw Failure(
          .manifestInvalid, "\(key) needs a table, but there is none",
          help: "name a CSV file with a line for each example in data.train.table, and in "
            + "data.test.table")
      }
      let texts = try table.texts(condition.column)
      positions = try positions.filter { position in
        let row = self.rows[position]
        switch condition.test {
        case .oneOf(let values): return values.contains(texts[row])
        case .range(let from, let to):
          guard let number = DecimalNumber.parse(texts[row]) else {
            throw table.failure(
              row,
              "the column \(Failure.quote(condition.column)) has \(Failure.quote(texts[row]))",
              why: "\(key) asks for a range of numbers", help: "ask for values: [a, b]")
          }
          return number >= from ?? -.infinity && number <= to ?? .infinity
        }
      }
    }
    return positions
  }
}
