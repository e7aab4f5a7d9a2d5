import ExperimentKit
import Store

/// Names or numbers of classes, or values of a column: `[0, 2, 4]`, `[cat, dog]`, `yes`.
struct ValueList: StructuredSetting {
  var values: [String] = []

  static let typeDescription = "list of numbers or texts"

  init(_ values: [String] = []) { self.values = values }

  init(_ node: YAMLNode) throws {
    let nodes = if case .sequence(let nodes) = node.value { nodes } else { [node] }
    values = try nodes.map { node in
      guard let text = node.scalarText, !text.isEmpty, !node.isNull else {
        throw node.mismatch("a number or a text")
      }
      return text
    }
    guard values.count <= 10_000 else {
      throw Failure(.manifestInvalid, "more than 10,000 values", location: node.location)
    }
  }

  init?(json: JSONValue) {
    guard let elements = json.arrayValue else { return nil }
    values = elements.compactMap(\.stringValue)
    guard values.count == elements.count else { return nil }
  }

  var json: JSONValue { .array(values.map { .string($0) }) }

  /// Whether a text is one of the values; numbers are compared as numbers: `1.0` is 1.
  func contains(_ text: String) -> Bool {
    if values.contains(text) { return true }
    guard let number = DecimalNumber.parse(text) else { return false }
    return values.contains { DecimalNumber.parse($0) == number }
  }
}

/// Conditions on columns of the table of metadata, all of which must hold:
/// `{rule: pro, length: {from: 3, to: 8}}`.
struct RowConditions: StructuredSetting {
  /// What the value of a column must be.
  enum Test: Sendable, Equatable {
    case oneOf(ValueList)
    case range(from: Double?, to: Double?)
  }

  /// A condition on a column.
  struct Condition: Sendable, Equatable {
    let column: String
    let test: Test
  }

  var conditions: [Condition] = []

  static let typeDescription = "mapping of columns to values, lists of values or ranges"

  init() {}

  init(_ node: YAMLNode) throws {
    conditions = try node.mapping().map { entry in
      guard case .mapping(let bounds) = entry.value.value else {
        return Condition(column: entry.key, test: .oneOf(try ValueList(entry.value)))
      }
      for bound in bounds where !["from", "to"].contains(bound.key) {
        throw Failure(
          .manifestInvalid, "unknown key \(Failure.quote(bound.key)) of a range",
          location: bound.keyLocation, why: "a range has 'from' and 'to', both included")
      }
      let from = try entry.value["from"]?.number()
      let to = try entry.value["to"]?.number()
      guard from ?? -.infinity <= to ?? .infinity, from != nil || to != nil else {
        throw Failure(
          .manifestInvalid, "the range of \(Failure.quote(entry.key)) holds no number",
          location: entry.value.location, why: "a range has 'from' and 'to', both included")
      }
      return Condition(column: entry.key, test: .range(from: from, to: to))
    }
  }

  init?(json: JSONValue) {
    guard let elements = json.arrayValue else { return nil }
    for element in elements {
      guard let column = element["column"]?.stringValue else { return nil }
      if let values = element["values"] {
        guard let list = ValueList(json: values) else { return nil }
        conditions.append(Condition(column: column, test: .oneOf(list)))
      } else {
        conditions.append(
          Condition(
            column: column,
            test: .range(from: element["from"]?.numberValue, to: element["to"]?.numberValue)))
      }
    }
  }

  var json: JSONValue {
    .array(
      conditions.map { condition in
        var members: [String: JSONValue] = ["column": .string(condition.column)]
        switch condition.test {
        case .oneOf(let list): members["values"] = list.json
        case .range(let from, let to):
          members["from"] = from.map { .number($0) }
          members["to"] = to.map { .number($0) }
        }
        return .object(members)
      })
  }
}

/// Ranges of elements of an input, by their numbers in PyTorch's order, both ends included:
/// `[[0, 19], [40, 59]]`.
struct ElementRanges: StructuredSetting {
  var ranges: [ClosedRange<Int>] = []

  static let typeDescription = "list of ranges [first, last]"

  init() {}

  init(_ node: YAMLNode) throws {
    ranges = try node.sequence().map { node in
      let ends = try node.sequence().map { try $0.integer() }
      guard ends.count == 2, ends[0] >= 0, ends[0] <= ends[1] else {
        throw Failure(
          .manifestInvalid, "no range of elements", location: node.location,
          why: "a range has its first and its last element, numbered from 0: [0, 19]")
      }
      return ends[0]...ends[1]
    }
  }

  init?(json: JSONValue) {
    guard let elements = json.arrayValue else { return nil }
    for element in elements {
      guard let ends = element.arrayValue?.compactMap(\.integerValue), ends.count == 2,
        ends[0] >= 0, ends[0] <= ends[1]
      else { return nil }
      ranges.append(ends[0]...ends[1])
    }
  }

  var json: JSONValue {
    .array(ranges.map { .array([.integer($0.lowerBound), .integer($0.upperBound)]) })
  }
}

/// Arrays one after the other: a text for one, a list for several.
struct ArrayList: StructuredSetting {
  var names: [String] = []

  static let typeDescription = "array, or list of arrays"
  static let rangeDescription =
    "file.safetensors#tensor, file.npy, file.npz#array, file.csv#column, IDX, CIFAR-10 .bin#images, folder of "
    + "PNG images: folder#images"

  init() {}

  init(_ node: YAMLNode) throws {
    let nodes = if case .sequence(let nodes) = node.value { nodes } else { [node] }
    names = try nodes.map { node in
      let name = try node.string()
      guard !name.isEmpty, name.utf8.count <= 4096 else {
        throw Failure(.manifestInvalid, "no name of an array", location: node.location)
      }
      return name
    }
    guard (1...1000).contains(names.count) else {
      throw Failure(
        .manifestInvalid, "\(names.count) arrays", location: node.location,
        why: "1 to 1,000 are read")
    }
  }

  init?(json: JSONValue) {
    guard let elements = json.arrayValue else { return nil }
    names = elements.compactMap(\.stringValue)
    guard names.count == elements.count else { return nil }
  }

  var json: JSONValue { .array(names.map { .string($0) }) }
}
