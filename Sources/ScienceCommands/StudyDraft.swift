import Datasets
import NetworkFiles
import Store
import Tensors

/// A manifest for a network and data of others, as far as their files say what it must be.
struct StudyDraft {
  /// The file of the network, and whether it is one of `torch.export.save`.
  let (networkPath, isProgram): (String, Bool)
  /// What the network takes and gives.
  let input: ImportedInput
  /// The shape of one output.
  let output: Shape
  /// What is trained on.
  let train: Part
  /// What is tested on; a share of the other when nil.
  let test: Part?
  /// The right answers.
  let targets: Targets

  /// The arrays of a part of the data.
  struct Part {
    let inputs: String
    let targets: String
    /// The CSV file that has them; nil for others.
    let table: String?
    /// Whether the numbers are bytes.
    let isBytes: Bool
    /// Whether images have their channels last.
    let hasChannelsLast: Bool
  }

  /// What the targets are.
  struct Targets {
    let loss: String
    /// Names of classes that a CSV file has in place of numbers.
    let names: [String]
    /// The number of classes; 0 for numbers.
    let classes: Int
  }

  // MARK: - Finding arrays

  /// An array that may be one of a data set.
  private struct Candidate {
    let text: String
    let array: NumberArray
  }

  /// Looks for inputs and targets among the arrays of files.
  ///
  /// - Throws: ``Failure`` (data missing) when none, or more than one, can be meant.
  init(
    networkPath: String, isProgram: Bool, input: ImportedInput, output: Shape,
    data paths: [String]
  ) throws {
    (self.networkPath, self.isProgram) = (networkPath, isProgram)
    self.input = input
    self.output = output
    var candidates: [Candidate] = []
    var columns: (path: String, columns: CSVColumns)?
    for path in paths {
      let references = try ArrayReference.all(in: path)
      if references.contains(where: \.isColumn) {
        columns = (path, try CSVColumns(path))
        continue
      }
      candidates += try references.map {
        Candidate(text: $0.description, array: try $0.open())
      }
    }
    if let columns {
      (train, targets) = try Self.table(columns.path, columns.columns, input, output)
      test = nil
      return
    }
    let inputs = candidates.filter { Self.fits($0.array, input) }
    let sides = try [false, true].map { isTest in
      try Self.pair(
        inputs.filter { Self.isTest($0.text) == isTest },
        candidates.filter { Self.isTest($0.text) == isTest }, input, all: candidates)
    }
    guard let found = sides[0] ?? sides[1] else {
      throw Self.failure(
        "no array fits the inputs of the network",
        candidates.map { "\($0.text) \($0.array.shape)" },
        input)
    }
    train = found.part
    test = sides[0] == nil ? nil : sides[1]?.part
    targets = try Self.targets(found.targets, output)
  }

  private static func isTest(_ text: String) -> Bool {
    let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
    return words.contains { word in
      ["test", "valid", "val", "t10k", "eval"].contains { word.hasPrefix($0) }
    }
  }

  private static func fits(_ array: NumberArray, _ input: ImportedInput) -> Bool {
    let row = array.rowShape
    return row == input.shape || row == input.networkShape
      || (array.shape.rank > 1
        && row.dimensions.filter { $0 != 1 }
          == input.shape.dimensions.filter { $0 != 1 })
  }

  /// The inputs and the targets of one side.
  private static func pair(
    _ inputs: [Candidate], _ candidates: [Candidate], _ input: ImportedInput, all: [Candidate]
  ) throws -> (part: Part, targets: NumberArray)? {
    let named = inputs.filter {
      hasWord($0.text, ["x", "inputs", "input", "images", "data", "ids"])
    }
    guard let x = named.first ?? inputs.first else { return nil }
    let others = candidates.filter { $0.text != x.text && $0.array.count == x.array.count }
    let words = ["y", "targets", "target", "labels", "label", "classes"]
    guard let y = others.first(where: { hasWord($0.text, words) }) ?? others.first else {
      throw failure(
        "no array fits the inputs \(x.text) as their targets",
        all.map { "\($0.text) \($0.array.shape)" }, input)
    }
    let last =
      input.shape.rank == 3 && x.array.rowShape == input.networkShape
      && input.shape != input.networkShape
    return (
      Part(
        inputs: x.text, targets: y.text, table: nil, isBytes: x.array.type == .uint8,
        hasChannelsLast: last), y.array
    )
  }

  private static func hasWord(_ text: String, _ words: [String]) -> Bool {
    let name = text.split(separator: "#").last ?? ""
    return name.lowercased().split { !$0.isLetter }.contains { words.contains(String($0)) }
  }

  private static func failure(
    _ what: String, _ found: [String], _ input: ImportedInput
  ) -> Failure {
    Failure(
      .dataMissing, what,
      why: "the network takes N×\(input.shape.dimensions.map(String.init).joined(separator: "×")); "
        + "there are \(found.isEmpty ? "none" : found.joined(separator: ", "))",
      help: "name the files of inputs and targets with --data, once for each file")
  }

  // MARK: - Tables

  /// Inputs and targets among the columns of a CSV file.
  private static func table(
    _ path: String, _ columns: CSVColumns, _ input: ImportedInput, _ output: Shape
  ) throws -> (Part, Targets) {
    let names = columns.names
    let words = ["y", "target", "label", "class", "targets", "labels"]
    let target = names.first { words.contains($0.lowercased()) } ?? names.last ?? ""
    let isNumber = try names.map { name -> Bool in
      guard name != target, let text = try columns.texts(name).first else { return false }
      return text.split(separator: " ").allSatisfy { DecimalNumber.parse(String($0)) != nil }
    }
    let count = input.shape.count
    var inputs: String?
    for start in names.indices where inputs == nil && isNumber[start] {
      if try columns.numbers(names[start]).rowShape.count == count {
        inputs = names[start]
      } else if start + count <= names.count, isNumber[start..<start + count].allSatisfy({ $0 }) {
        inputs = "\(names[start])..\(names[start + count - 1])"
      }
    }
    guard let inputs else {
      throw failure("no columns fit the inputs of the network", names, input)
    }
    let part = Part(
      inputs: "\(path)#\(inputs)", targets: "\(path)#\(target)", table: path, isBytes: false,
      hasChannelsLast: false)
    let texts = try columns.texts(target)
    if texts.allSatisfy({ DecimalNumber.parse($0) != nil }) {
      return (part, try targets(columns.numbers(target), output))
    }
    return (
      part, Targets(loss: "cross-entropy", names: Set(texts).sorted(), classes: output.count)
    )
  }

  // MARK: - Targets

  private static func targets(_ array: NumberArray, _ output: Shape) throws -> Targets {
    let places = array.rowShape.count
    if array.type.isFractional && places == output.count && !isWhole(array) {
      return Targets(loss: "mse", names: [], classes: 0)
    }
    let loss = output.rank == 2 ? "sequence" : places > 1 ? "groups" : "cross-entropy"
    return Targets(loss: loss, names: [], classes: output.count / max(1, places))
  }

  private static func isWhole(_ array: NumberArray) -> Bool {
    var row = [Double](repeating: 0, count: array.rowShape.count)
    return (0..<min(array.count, 1000)).allSatisfy { index in
      row.withUnsafeMutableBufferPointer { array.copyRow(index, to: $0) }
      return row.allSatisfy { $0.rounded() == $0 }
    }
  }

  // MARK: - Text

  /// The manifest.
  var text: String {
    let network =
      isProgram
      ? "import: \(quoted(networkPath))" : "weights: \(quoted(networkPath))"
    var lines = [
      "# Which weights does this network use for each of its sub-tasks? Made by 'modlab init'; all keys",
      "# are in docs/manifest-reference.md, docs/own-networks.md explains them.",
      "schema: 1", "experiment: own-network", "title: Sub-tasks of my network",
      "seeds: 3 # runs that differ in batches and noise of the masks; 5 to 10 for error bars", "",
      "network: {\(network)}",
      "# one input: \(input.shape), one output: \(output)", "", "data:",
    ]
    lines.append("  train: \(mapping(train))")
    if let test {
      lines.append("  test: \(mapping(test))")
    } else {
      lines.append("  test-share: 0.2 # set apart at random; or name other files under test:")
    }
    if train.isBytes, case .numbers = input.kind {
      lines.append("  scale: 255 # bytes become 0…1, as transforms.ToTensor does; add mean and std")
    }
    if train.hasChannelsLast { lines.append("  channels: last") }
    if !targets.names.isEmpty {
      lines.append("  classes: [\(targets.names.map(quoted).joined(separator: ", "))]")
    }
    lines +=
      ["", "loss: \(targets.loss)", ""] + subtasks + [
        "",
        "pretrain: {batch: 128} # of the network only the size of batches matters: it is trained",
        "mask:", "  steps: 2000",
        "  lr: 0.03",
        "  beta: 1.0e-3 # larger: fewer weights are kept. Look for the largest one at which the accuracy",
        "  # under the mask of 'full' (table accuracy, mask_mode mask) stays near that of the network",
        "log-every: 100", "",
        "profiles:", "  smoke: {mask: {steps: 10}, seeds: 1} # a look at all tables, in seconds",
        "  quick: {} # the numbers above",
      ]
    return lines.joined(separator: "\n") + "\n"
  }

  private var subtasks: [String] {
    guard targets.loss == "cross-entropy", targets.classes > 1 else {
      return [
        "# Sub-tasks are parts of the examples, by a column of a table (data.train.table: meta.csv):",
        "# subtasks: {short: {where: {length: {from: 1, to: 8}}}}",
      ]
    }
    let half = targets.classes / 2
    func list(_ range: Range<Int>) -> String {
      let names = range.prefix(64).map {
        $0 < targets.names.count ? quoted(targets.names[$0]) : String($0)
      }
      return "[\(names.joined(separator: ", "))]"
    }
    return [
      "# What masks are learned for besides the full task. Other ways: without: [3]; where: {column:",
      "# value}; zero: [[0, 19]]; permute: true; map: [0, 1, 0, 1, …].", "subtasks:",
      "  low: {targets: \(list(0..<half))}", "  high: {targets: \(list(half..<targets.classes))}",
    ]
  }

  private func mapping(_ part: Part) -> String {
    let table = part.table.map { ", table: \(quoted($0))" } ?? ""
    return "{inputs: \(quoted(part.inputs)), targets: \(quoted(part.targets))\(table)}"
  }

  /// A text as YAML has it between quotes.
  private func quoted(_ text: String) -> String { JSONValue.string(text).serialized() }
}
