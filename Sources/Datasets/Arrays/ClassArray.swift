import Store
import Tensors

/// What is right for each example: one class or several, by their numbers from 0.
///
/// Shapes: N×P; -1 where nothing is asked.
public struct ClassArray: Sendable {
  /// What messages call it.
  public let source: String
  /// P, the number of classes of an example.
  public let places: Int
  /// Row by row.
  public let classes: [Int32]
  /// The name of each row, for messages.
  private let rowName: @Sendable (Int) -> String

  /// Number of examples.
  public var count: Int { classes.count / places }

  /// Reads classes from arrays, from columns of CSV files that hold their names, or from folders of images.
  ///
  /// - Parameters:
  ///   - references: arrays one after the other, at least one.
  ///   - names: of the classes, in the order of their numbers; may be empty.
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing``.
  public init(_ references: [ArrayReference], names: [String]) throws {
    let arrays = try references.map { try Self.array($0, names: names) }
    try self.init(JoinedArray(arrays))
  }

  /// Takes whole numbers for classes.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` for other numbers.
  public init(_ array: JoinedArray) throws {
    source = array.source
    places = array.rowShape.count
    rowName = { array.name(of: $0) }
    guard places > 0 else {
      throw Failure(
        .dataMissing, "the targets of \(Failure.quote(path: array.source)) are empty",
        why: "an example has shape \(array.rowShape)")
    }
    var classes: [Int32] = []
    classes.reserveCapacity(array.count * places)
    for index in 0..<array.count {
      for number in array.row(index) {
        guard let target = Int32(exactly: number), target >= -1 else {
          throw Failure(
            .dataMissing, "\(array.name(of: index)) has the target \(CSVNumber.format(number))",
            why: "classes are whole numbers from 0",
            help: "number the classes from 0, in Python: np.unique(labels, return_inverse=True)[1]")
        }
        classes.append(target)
      }
    }
    self.classes = classes
  }

  private static func array(_ reference: ArrayReference, names: [String]) throws -> NumberArray {
    if reference.isFolder, try reference.imagesOrLabels("a folder of images") == "labels" {
      return try ImageFolder(reference.path).labels(source: reference.description, names: names)
    }
    guard reference.isColumn, let part = reference.part else { return try reference.open() }
    let columns = try CSVColumns(reference.path)
    guard columns.names.contains(part) else { return try columns.numbers(part) }
    let texts = try columns.texts(part)
    guard let first = texts.first, DecimalNumber.parse(first) == nil, !first.contains(" ") else {
      return try columns.numbers(part)
    }
    let numbers = Dictionary(zip(names, 0...)) { first, _ in first }
    let classes = try texts.enumerated().map { row, text -> Double in
      guard let number = numbers[text] else {
        throw columns.failure(
          row, "the column \(Failure.quote(part)) has the class \(Failure.quote(text))",
          why: names.isEmpty
            ? "classes are numbers unless data.classes names them"
            : "data.classes has \(CSVColumns.list(names))",
          help: names.isEmpty
            ? "write data: {classes: [\(Failure.printable(text)), …]} in the order of their numbers"
            : Suggestion.help(for: text, among: names))
      }
      return Double(number)
    }
    return NumberArray(source: reference.description, classes, shape: [classes.count])
  }

  /// Other classes in place of each.
  public func mapped(_ body: (Int32) -> Int32) -> ClassArray {
    ClassArray(source: source, places: places, classes: classes.map(body), rowName: rowName)
  }

  private init(
    source: String, places: Int, classes: [Int32], rowName: @escaping @Sendable (Int) -> String
  ) {
    (self.source, self.places, self.classes, self.rowName) = (source, places, classes, rowName)
  }

  /// The classes of an example.
  public func row(_ index: Int) -> ArraySlice<Int32> {
    classes[index * places..<(index + 1) * places]
  }

  /// Looks at all classes.
  ///
  /// - Parameters:
  ///   - limit: the number of classes.
  ///   - allowsNone: whether -1 may stand where nothing is asked.
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` that names the first row.
  public func check(below limit: Int, allowsNone: Bool) throws {
    let lowest: Int32 = allowsNone ? -1 : 0
    guard let place = classes.firstIndex(where: { $0 < lowest || $0 >= limit }) else { return }
    let countsFromOne = classes.allSatisfy { $0 >= 1 && $0 <= limit }
    throw Failure(
      .dataMissing, "\(rowName(place / places)) has the target \(classes[place])",
      why: "the network tells \(limit) classes apart: targets are 0 to \(limit - 1)"
        + (allowsNone ? ", and -1 where nothing is asked" : ""),
      help: countsFromOne
        ? "the targets count from 1: subtract 1 before you save them"
        : "a network with more outputs, or other targets, is needed")
  }
}
