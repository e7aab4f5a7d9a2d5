import Clusters
import CommandLine
import NetworkFiles
import Store

/// What an operand `FILE` or `FILE:PARTITION` selects; a partition is named `weights-k12` or, where a
/// file has several stages, `trained/weights-k12`.
struct PartitionSelection {
  let file: PartitionFile
  /// The selected partitions, sorted.
  let names: [PartitionFile.Name]
  /// Whether the operand names a partition.
  let isNamed: Bool

  /// Reads the file of an operand.
  ///
  /// - Throws: ``Failure`` with a suggestion when the file has no such partition.
  init(_ operand: String) throws {
    guard let colon = operand.lastIndex(of: ":"), !Folder.exists(operand) else {
      file = try PartitionFile(operand)
      names = file.partitions.keys.sorted()
      isNamed = false
      return
    }
    let file = try PartitionFile(String(operand[..<colon]))
    let wanted = String(operand[operand.index(after: colon)...])
    let all = file.partitions.keys.sorted()
    names = all.filter { wanted == $0.text || wanted == $0.partition }
    guard !names.isEmpty else {
      let known = all.map(\.partition) + all.map(\.text)
      throw Failure(
        .usage, "\(file.path) has no partition \(Failure.quote(wanted))",
        why: "its partitions are \(all.map(\.text).joined(separator: ", "))",
        help: Suggestion.help(for: wanted, among: known))
    }
    guard names.count == 1 else {
      throw Failure(
        .usage, "\(file.path) has several partitions \(Failure.quote(wanted))",
        why: "they are \(names.map(\.text).joined(separator: ", "))",
        help: "select one: \(file.path):\(names[0].text)")
    }
    self.file = file
    isNamed = true
  }

  /// The layers of a selected partition.
  func layers(_ name: PartitionFile.Name) -> [PartitionFile.Layer] { file.partitions[name] ?? [] }

  /// Pairs the partitions of two operands: the two selected ones, or those of the same names.
  ///
  /// - Throws: ``Failure`` when there is no pair.
  static func pairs(
    _ a: PartitionSelection, _ b: PartitionSelection
  ) throws -> [(PartitionFile.Name, PartitionFile.Name)] {
    if a.names.count == 1, b.names.count == 1 { return [(a.names[0], b.names[0])] }
    if let open = [a, b].first(where: { !$0.isNamed && $0.names.count > 1 }), a.isNamed || b.isNamed
    {
      throw Failure(
        .usage, "\(open.file.path) has several partitions",
        why: "they are \(open.names.map(\.text).joined(separator: ", "))",
        help: "select one: \(open.file.path):\(open.names[0].text)")
    }
    let common = a.names.filter { b.names.contains($0) }
    guard !common.isEmpty else {
      throw Failure(
        .usage, "\(a.file.path) and \(b.file.path) have no partition in common",
        why: "they have \(a.names.map(\.text).joined(separator: ", ")) and "
          + b.names.map(\.text).joined(separator: ", "),
        help: "select one of each: \(a.file.path):\(a.names[0].text)")
    }
    return common.map { ($0, $0) }
  }

  /// Checks that the layers of a partition are those of a network, or of another partition.
  ///
  /// - Throws: ``Failure`` (corrupt) that names the first layer that differs, with both sizes.
  static func check(
    _ found: [PartitionFile.Layer], _ path: String,
    against expected: [(layer: String, count: Int)], of other: String
  ) throws {
    for index in 0..<max(found.count, expected.count) {
      let own = found.indices.contains(index) ? found[index] : nil
      let wanted = expected.indices.contains(index) ? expected[index] : nil
      if let own, let wanted, own.name == wanted.layer, own.labels.count == wanted.count {
        continue
      }
      func text(_ name: String?, _ count: Int?) -> String {
        guard let name, let count else { return "no more layers" }
        return "'\(Failure.printable(name))' with \(count) units"
      }
      throw Failure(
        .corrupt, "\(path) holds a partition of another network than \(other)",
        why: "its layer \(index + 1) is \(text(own?.name, own?.labels.count)), there it is "
          + text(wanted?.layer, wanted?.count))
    }
  }
}
