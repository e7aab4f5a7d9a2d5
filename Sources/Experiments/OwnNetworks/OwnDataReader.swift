import Datasets
import ExperimentKit
import Store
import Tensors

/// Reads the data of a study of an own network, each file once.
final class OwnDataReader {
  private let settings: OwnDataSettings
  private let loss: OwnLoss
  private let form: InputForm
  /// The number of tokens, when the network takes tokens.
  private let tokens: Int?
  private let context: RunContext
  private var arrays: [String: NumberArray] = [:]
  private var tables: [String: CSVColumns] = [:]
  private var noted: Set<String> = []
  private var folderClasses: [String]?

  /// - Parameters:
  ///   - settings: the section `data`.
  ///   - loss: what the outputs are compared with.
  ///   - input: the shape of one input in PyTorch's order.
  ///   - tokens: the number of tokens, when the network takes tokens.
  ///   - context: that of the run, which records what is read.
  init(
    _ settings: OwnDataSettings, loss: OwnLoss, input: Shape, tokens: Int?, _ context: RunContext
  ) throws {
    self.settings = settings
    self.loss = loss
    self.tokens = tokens
    self.context = context
    form = try settings.form(input)
  }

  // MARK: - Files

  /// The place of a file: as it is named, or within the folder of the data sets when it is there.
  private func located(_ name: String) throws -> String {
    try context.openData { folder, willRead in
      let inFolder = "\(folder)/\(name)"
      let path = !Folder.exists(name) && Folder.exists(inFolder) ? inFolder : name
      if noted.insert(path).inserted {
        let files = ArrayReference(path).isFolder ? try ImageFolder(path).files : [path]
        try files.forEach(willRead)
      }
      return path
    }
  }

  private func reference(_ text: String) throws -> ArrayReference {
    let reference = ArrayReference(text)
    let path = try located(reference.path)
    return ArrayReference(reference.part.map { "\(path)#\($0)" } ?? path)
  }

  private func array(_ text: String) throws -> NumberArray {
    if let known = arrays[text] { return known }
    let array = try reference(text).open()
    arrays[text] = array
    return array
  }

  private func joined(_ list: ArrayList) throws -> JoinedArray {
    try JoinedArray(try list.names.map(array))
  }

  private func table(_ name: String) throws -> CSVColumns {
    if let known = tables[name] { return known }
    let table = try CSVColumns(located(name))
    tables[name] = table
    return table
  }

  // MARK: - Examples

  /// All examples of a part, checked.
  ///
  /// - Throws: ``Failure`` (data missing).
  func examples(
    _ part: DataPartSettings, change: InputChange = InputChange(), targets column: String? = nil
  ) throws -> OwnExamples {
    let inputs = try InputArray(joined(part.inputs), form: form, change: change)
    try inputs.checkNumbers(tokensBelow: tokens)
    let table = try part.table.map(table)
    let targets: OwnTargets
    if let column {
      guard let name = part.table else {
        throw Failure(
          .manifestInvalid,
          "the targets are the column \(Failure.quote(column)) of a table, but there "
            + "is no table", help: "name a CSV file in data.train.table, and in data.test.table")
      }
      let reference = ArrayReference("\(try located(name))#\(column)")
      targets = try self.targets([reference])
    } else {
      targets = try self.targets(part.targets.names.map(reference))
    }
    for (what, source, count) in [
      ("targets", part.targets.names.first ?? "", targets.count),
      ("lines", part.table ?? "", table?.count ?? inputs.count),
    ] where count != inputs.count {
      throw Failure(
        .dataMissing,
        "\(count) \(what) in \(Failure.quote(path: source)) for \(inputs.count) inputs",
        why: "the inputs are those of \(Failure.quote(path: inputs.array.source))",
        help: "every example has one row in each array and one line in the table")
    }
    guard inputs.count > 0 else {
      throw Failure(
        .dataMissing, "\(Failure.quote(path: inputs.array.source)) has no examples",
        why: "its first axis is 0")
    }
    return OwnExamples(
      inputs: inputs, targets: targets, table: table, rows: Array(0..<inputs.count))
  }

  /// Names of the classes: those that are given, or those of the folder of training images, so that a folder of
  /// test images may lack some.
  private func classNames() throws -> [String] {
    if !settings.classes.isEmpty { return settings.classes }
    if let folderClasses { return folderClasses }
    let references = try settings.train.targets.names.map(reference)
    let found =
      try references.first(where: \.isFolder).map { try ImageFolder($0.path).classes } ?? []
    folderClasses = found
    return found
  }

  private func targets(_ references: [ArrayReference]) throws -> OwnTargets {
    let targets: OwnTargets =
      loss.objective == .meanSquaredError
      ? .numbers(try JoinedArray(references.map { try $0.open() }))
      : .classes(try ClassArray(references, names: classNames()))
    try loss.check(targets)
    return targets
  }

  /// The examples to train on, and those to test on.
  func parts() throws -> (train: OwnExamples, test: OwnExamples) {
    let train = try examples(settings.train)
    if settings.test.isGiven { return (train, try examples(settings.test)) }
    let isTest: [Bool]
    if let column = settings.testColumn, let table = train.table {
      isTest = try table.texts(column).map(settings.testValues.contains)
    } else {
      let draws: Tensor<Float> = settings.random("data/split", context).uniform([train.count])
      isTest = draws.scalars.map { Double($0) < settings.testShare }
    }
    let parts = [false, true].map { side in
      train.selecting(isTest.indices.filter { isTest[$0] == side })
    }
    for (part, what) in zip(parts, ["to train on", "to test on"]) where part.count == 0 {
      throw Failure(
        .dataMissing, "no examples \(what) are left of \(train.count)",
        why: settings.testColumn.map {
          "the column \(Failure.quote($0)) has " + (what == "to test on" ? "none of" : "only")
            + " \(settings.testValues.values.joined(separator: ", "))"
        } ?? "data.test-share is \(CSVNumber.format(settings.testShare))")
    }
    return (parts[0], parts[1])
  }

  // MARK: - Sub-tasks

  /// The examples of a sub-task.
  ///
  /// - Throws: ``Failure``: (manifest invalid) when no examples are left, (data missing).
  func subtask(
    _ item: NamedSettings<SubtaskSettings>.Item, of whole: (train: OwnExamples, test: OwnExamples)
  ) throws -> OwnSubtask {
    let (name, task) = (item.name, item.settings)
    let key = "subtasks.\(name)"
    let change = try change(name, task)
    let isMoved = change != InputChange() || task.column != nil || task.train.isGiven
    func side(
      _ part: DataPartSettings, _ settings: DataPartSettings, _ whole: OwnExamples, _ what: String
    ) throws -> (examples: OwnExamples, positions: [Int]) {
      var base = whole
      if isMoved {
        let all = try examples(
          part.isGiven ? part : settings, change: change, targets: task.column)
        base =
          part.isGiven
          ? all
          : OwnExamples(
            inputs: all.inputs, targets: all.targets, table: all.table, rows: whole.rows)
      }
      var positions = try base.positions(where: task.rows, key: "\(key).where")
      if let classes = base.classes {
        let chosen = try Set(task.targets.values.map { try number(ofClass: $0, key) })
        let left = try Set(task.without.values.map { try number(ofClass: $0, key) })
        positions = positions.filter { position in
          let target = classes[position]
          return (chosen.isEmpty || chosen.contains(target)) && !left.contains(target)
            && (task.map.isEmpty || task.map[min(Int(target), task.map.count - 1)] >= 0)
        }
      }
      guard !positions.isEmpty else {
        throw Failure(
          .manifestInvalid, "\(key): none of the \(base.count) examples \(what) belongs to it",
          why: "nothing fits its conditions",
          help: "look at the targets and columns of the data")
      }
      var found = base.selecting(positions)
      if !task.map.isEmpty { found = try mapped(found, task.map, key) }
      return (found, positions)
    }
    let testSettings = settings.test.isGiven ? settings.test : settings.train
    let train = try side(task.train, settings.train, whole.train, "to train on")
    let test = try side(task.test, testSettings, whole.test, "to test on")
    return OwnSubtask(
      name: name, train: train.examples, test: test.examples,
      positions: isMoved || !task.map.isEmpty ? nil : test.positions,
      leftOut: try task.without.values.count == 1
        ? Int(number(ofClass: task.without.values[0], key)) : nil)
  }

  private func change(_ name: String, _ task: SubtaskSettings) throws -> InputChange {
    var change = InputChange()
    let count = form.shape.count
    if let range = task.zero.ranges.first(where: { $0.upperBound >= count }) {
      throw Failure(
        .manifestInvalid, "subtasks.\(name).zero: there is no element \(range.upperBound)",
        why: "an input has \(count) elements, numbered from 0")
    }
    change.zeros = task.zero.ranges
    if task.permute {
      change.order = context.random("subtasks/\(name)/permutation").permutation(count)
    }
    return change
  }

  /// The number of a class that is given by number or name.
  private func number(ofClass text: String, _ key: String) throws -> Int32 {
    let names = try classNames()
    if let index = names.firstIndex(of: text) { return Int32(index) }
    let limit = loss.output.count
    if let number = Int32(text), number >= 0, number < limit { return number }
    throw Failure(
      .manifestInvalid, "\(key): there is no class \(Failure.quote(text))",
      why: names.isEmpty
        ? "the classes are 0 to \(limit - 1)"
        : "the classes are \(names.map { Failure.printable($0) }.joined(separator: ", "))",
      help: Suggestion.help(for: text, among: names))
  }

  /// The examples with other classes asked for.
  private func mapped(_ examples: OwnExamples, _ map: [Int], _ key: String) throws -> OwnExamples {
    let limit = loss.output.count
    guard map.count == limit, map.allSatisfy({ $0 < limit }) else {
      throw Failure(
        .manifestInvalid, "\(key).map has \(map.count) numbers up to \(map.max() ?? -1)",
        why: "needed is one for each of the \(limit) classes, below \(limit)")
    }
    return examples.mappingClasses { classes in
      classes.mapped { $0 < 0 ? -1 : Int32(map[Int($0)]) }
    }
  }
}

/// A sub-task with its examples.
struct OwnSubtask: Sendable {
  let name: String
  let train: OwnExamples
  let test: OwnExamples
  /// The positions of its test examples among those of the full task; nil when its inputs or targets
  /// are others.
  let positions: [Int]?
  /// The one class that is left out.
  let leftOut: Int?
}
