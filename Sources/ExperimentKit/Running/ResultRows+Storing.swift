import Store
import Tensors

// Rows inside a checkpoint: one tensor of bytes per table with its CSV text, and the declarations
// of the tables as JSON in the metadata.

extension ResultRows {
  /// Prefix of the tensors that hold tables.
  static let tensorPrefix = "table/"

  /// One tensor per table, named `table/<name>`.
  var tensors: [String: StoredTensor] {
    var result: [String: StoredTensor] = [:]
    for table in tables {
      let rows = records(of: table).map { $0.keys + [$0.metric, CSVNumber.format($0.value)] }
      let csv = CSVTable(header: table.keys.map(\.name) + ["metric", "value"], rows: rows)
      let bytes = Array(csv.serialized().utf8)
      result[Self.tensorPrefix + table.name] = .uint8(bytes, [bytes.count])
    }
    return result
  }

  /// The declarations of the tables.
  var declarations: JSONValue {
    .object(
      Dictionary(
        uniqueKeysWithValues: tables.map { table -> (String, JSONValue) in
          let keys = table.keys.map { key -> JSONValue in
            [.string(key.name), .string(key.kind.rawValue)]
          }
          return (
            table.name,
            ["keys": .array(keys), "metrics": .array(table.metrics.map(JSONValue.string))]
          )
        }))
  }

  /// Reads what ``tensors`` and ``declarations`` gave.
  ///
  /// - Throws: ``Failure`` (corrupt) when the two do not fit each other.
  init(tensors: [String: StoredTensor], declarations: JSONValue, file: String) throws {
    self.init()
    for (name, declaration) in (declarations.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard let table = Table(name: name, declaration: declaration),
        case .uint8(let bytes, _)? = tensors[Self.tensorPrefix + name]
      else {
        throw Failure(.corrupt, "\(file) holds no usable table \(Failure.quote(name))")
      }
      let csv = try CSVTable.parse(bytes, file: "\(file): \(name)")
      guard csv.header == table.keys.map(\.name) + ["metric", "value"] else {
        throw Failure(
          .corrupt, "\(file): the table \(Failure.quote(name)) has other columns than declared")
      }
      for row in csv.rows {
        guard let value = try CSVNumber.parse(row[row.count - 1]) else {
          throw Failure(.corrupt, "\(file): \(Failure.quote(name)) has a row without value")
        }
        set(table, Array(row.dropLast(2)), row[row.count - 2], value)
      }
    }
  }
}

extension Table {
  /// A table as ``ResultRows/declarations`` describes it.
  fileprivate init?(name: String, declaration: JSONValue) {
    var keys: [Key] = []
    for key in declaration["keys"]?.arrayValue ?? [] {
      guard let name = key[0]?.stringValue,
        let kind = key[1]?.stringValue.flatMap(KeyKind.init(rawValue:))
      else { return nil }
      keys.append(Key(name, kind, ""))
    }
    let metrics = (declaration["metrics"]?.arrayValue ?? []).compactMap(\.stringValue)
    guard Set(keys.map(\.name)).count == keys.count, Set(metrics).count == metrics.count else {
      return nil
    }
    self.init(name, "", keys: keys, metrics: metrics.map { Metric($0, "") })
  }
}
