import Datasets
import ExperimentKit
import Experiments
import Store

/// What must hold of everything that a reader accepts.
enum FuzzProperties {
  /// Typed reading gives a value or a failure.
  static func check(_ node: YAMLNode) {
    precondition(node.location.line >= 1 && node.location.column >= 1, "place \(node.location)")
    _ = node.kindDescription
    for read in [{ _ = try node.integer() }, { _ = try node.number() }, { _ = try node.boolean() }]
      as [() throws -> Void]
    {
      expectOnlyFailures(read)
    }
    expectOnlyFailures { _ = try node.string() }
    switch node.value {
    case .scalar: break
    case .sequence(let nodes): for node in nodes { check(node) }
    case .mapping(let entries): for entry in entries { check(entry.value) }
    }
  }

  /// A manifest and all that it plans.
  static func readManifest(_ bytes: [UInt8]) throws {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.manifestInvalid, "input is not UTF-8")
    }
    let manifest = try Manifest(text: text, path: "input", registry: AllKinds.registry)
    for name in manifest.variants {
      precondition(isPathComponent(name), "variant '\(name)' would leave its folder")
    }
    precondition(isPathComponent(manifest.kind.name), "experiment would leave its folder")
    for profile in manifest.profileNames {
      expectOnlyFailures { _ = try manifest.seeds(profile: profile) }
      expectOnlyFailures { _ = try manifest.resolve(profile: profile) }
    }
  }

  /// A name that stays a name when it becomes part of a path.
  static func isPathComponent(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 100 && name != "." && name != ".."
      && name.utf8.allSatisfy { $0 > 32 && $0 != UInt8(ascii: "/") && $0 != 127 }
  }

  /// What was read is written and read again without change.
  static func check(_ table: CSVTable) {
    let text = table.serialized()
    guard let again = try? CSVTable.parse(text, file: "again") else {
      preconditionFailure("a table that was read cannot be read again")
    }
    precondition(
      again.serialized().utf8.elementsEqual(text.utf8), "a table changes when it is read again")
  }

  /// What was read is written and read again without change.
  static func check(_ value: JSONValue) {
    for isPretty in [false, true] {
      let text = value.serialized(pretty: isPretty)
      guard let again = try? JSONValue.parse(text, file: "again", maximumValues: .max) else {
        preconditionFailure("a value that was read cannot be read again")
      }
      precondition(again == value, "a value changes when it is read again")
    }
  }

  /// Tensors are as large as their shapes say.
  static func check(_ file: SafetensorsFile) {
    for tensor in file.tensors.values {
      tensor.withUnsafeBytes { precondition($0.count == tensor.byteCount, "size of a tensor") }
    }
  }

  /// Elements are as many as the extents say.
  static func check(_ file: IDXFile) {
    precondition(file.extents.reduce(1, *) == file.elements.count, "elements of \(file.extents)")
  }

  /// Pixels are as many as the extents say.
  static func check(_ image: PNGImage) {
    precondition(image.extents.count == image.pixels.count, "pixels of \(image.extents)")
  }

  /// Images can be made of what was read.
  static func check(_ batch: CIFAR10Batch) {
    let set = ImageSet([batch])
    precondition(set.inputs([set.count - 1]).isFinite, "a pixel is not finite")
  }

  /// The first and the last example can be taken.
  static func check(_ array: NumberArray) {
    guard array.count > 0 else { return }
    var row = [Double](repeating: 0, count: array.rowShape.count)
    for index in Set([0, array.count - 1]) {
      row.withUnsafeMutableBufferPointer { array.copyRow(index, to: $0) }
    }
  }

  /// Examples are written and read again without change.
  static func check(_ pairs: SequencePairs) {
    let text = (0..<pairs.count).map { SCAN.line(pairs, $0) + "\n" }.joined()
    precondition(
      (try? SCAN.parse(Array(text.utf8), file: "again")) == pairs,
      "examples change when they are read again")
  }

  /// Problems can be encoded.
  static func check(_ problems: MathematicsProblems) {
    let pairs = problems.pairs(MathematicsProblems.vocabulary(of: [problems]))
    precondition(pairs.count == problems.count, "pairs")
  }

  private static func expectOnlyFailures(_ body: () throws -> Void) {
    do {
      try body()
    } catch {
      precondition(error is Failure, "the error is no Failure: \(error)")
    }
  }
}
