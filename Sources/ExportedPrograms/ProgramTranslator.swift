import NeuralNetworks
import Store
import Tensors

/// Follows a program node by node and collects the layers that compute the same.
final class ProgramTranslator {
  typealias Node = ExportedProgram.Node

  let program: ExportedProgram
  /// The values that are computed; the first is the input.
  var flows: [Flow]
  /// The tensors of the program by name.
  var values: [String: Arrangement]
  /// Extents by name.
  var integers: [String: Int]
  /// Tensors of zeros, which recurrent layers begin with.
  var zeros: Set<String> = []
  /// Which node uses a weight, by its name in the state dictionary.
  var users: [String: String] = [:]
  /// The values that attention gives whose projections tell its heads, each with a name for it.
  var attentions: [Int: String] = [:]
  /// What was changed on the way.
  var notes: [String] = []
  /// Elements of all views so far.
  private var viewed = 0
  /// Elements that are numbered in the tensors that are still needed.
  private var kept = 0
  /// Examples in the batch of the example input.
  let batch: Int

  init(_ program: ExportedProgram) {
    self.program = program
    batch = program.inputShape[0]
    integers = program.integers
    flows = [
      Flow(
        action: .input, inputs: [], example: Array(program.inputShape.dropFirst()), name: "",
        site: "", node: program.input)
    ]
    values = [program.input: Arrangement(base: 0, shape: program.inputShape)]
  }

  /// Elements of a value for the whole batch.
  func count(of flow: Int) -> Int { batch * flows[flow].example.reduce(1, *) }

  /// Follows the program to its end.
  func translate() throws {
    let lastUses = lastUses()
    for (place, node) in program.nodes.enumerated() {
      guard let operation = Self.operations[node.target] else { throw refusal(of: node) }
      try operation(self, node)
      for name in node.outputs {
        guard let value = values[name], let shape = program.shapes[name] else { continue }
        guard value.shape == shape else {
          throw failure(
            node, "gives the shape \(GraphParser.text(value.shape))",
            why: "the file says \(GraphParser.text(shape)) of \(Failure.quote(name))")
        }
      }
      for name in lastUses[place] ?? [] where name != program.output {
        kept -= values.removeValue(forKey: name)?.elements?.count ?? 0
      }
    }
  }

  /// The tensors that no node after one needs, by the number of the node.
  private func lastUses() -> [Int: [String]] {
    var last: [String: Int] = [:]
    for (place, node) in program.nodes.enumerated() {
      for name in node.outputs { last[name] = place }
      for argument in node.arguments.values {
        switch argument {
        case .tensor(let name): last[name] = place
        case .tensors(let names): for name in names { last[name] = place }
        default: continue
        }
      }
    }
    return Dictionary(grouping: last.keys) { last[$0] ?? 0 }
  }

  /// The value that the program gives, as a layer's output.
  func result() throws -> Int {
    let last =
      program.nodes.last
      ?? Node(
        name: program.output, target: "", arguments: [:], outputs: [], module: "", moduleClass: "",
        place: nil)
    guard let value = values[program.output] else {
      throw ExportedProgram.failure(
        program.path, "no node gives the output \(Failure.quote(program.output))")
    }
    return try canonical(value, last)
  }

  // MARK: - Values

  /// The number of the value of which a tensor is the whole batch in the order of its axes; layers that
  /// rearrange elements are added where that is needed.
  func canonical(_ value: Arrangement, _ node: Node) throws -> Int {
    let example = flows[value.base].example
    if value.elements == nil, value.shape == [batch] + example { return value.base }
    let target = Array(value.shape.dropFirst())
    guard value.shape.first == batch, (1...3).contains(target.count) else {
      throw failure(
        node, "works on a tensor of the shape \(GraphParser.text(value.shape))",
        why: "the first axis must be the batch of \(batch), and one to three must follow",
        help: "sequences are batch × steps × features (batch_first=True); outputs keep the axis of "
          + "classes")
    }
    let elements =
      value.elements == nil ? Array(0..<value.count / batch) : try places(value, node)
    let kind: any LayerKind
    let isInOrder = elements.count == example.reduce(1, *) && elements.enumerated().allSatisfy(==)
    let start = example.count == 2 ? (example[0] - 1) * example[1] : 0
    if target.count == 1, isInOrder, example.count > 1 {
      kind = FlattenDescription()
    } else if example.count == 2, target == [example[1]],
      elements == Array(start..<start + target[0])
    {
      kind = LastStepDescription()
    } else {
      try checkSize(example, node)
      try checkSize(target, node)
      var inner = [Int](repeating: 0, count: example.reduce(1, *))
      for (place, number) in Flow.order(example).enumerated() { inner[number] = place }
      kind = RearrangementDescription(
        shape: Flow.inner(target), elements: Flow.order(target).map { inner[elements[$0]] })
    }
    return try add(kind, to: value.base, node, example: target)
  }

  /// For every place of one example the element of the base, which must be the same for all examples.
  private func places(_ value: Arrangement, _ node: Node) throws -> [Int] {
    let (size, whole) = (value.count / batch, count(of: value.base) / batch)
    let numbers = value.numbers
    guard !numbers.contains(-1) else {
      throw failure(
        node, "needs a state of an LSTM that modlab does not keep",
        why: "the hidden states of the last layer are kept, not those below it and not the cells",
        help: "use the output sequence, such as y[:, -1]")
    }
    for example in 0..<batch {
      for place in 0..<size
      where Int(numbers[example * size + place]) != Int(numbers[place]) + example * whole {
        throw failure(
          node, "mixes the examples of a batch",
          why:
            "its tensor of the shape \(GraphParser.text(value.shape)) has another axis first than "
            + "the batch",
          help:
            "the batch must stay the first axis: batch_first=True, and no views that join it with "
            + "other axes")
      }
    }
    return numbers[..<size].map { Int($0) }
  }

  /// Refuses to number too many elements one by one.
  func checkSize(_ value: Arrangement, _ node: Node) throws {
    try checkSize(value.shape, node)
  }

  func checkSize(_ shape: [Int], _ node: Node) throws {
    let count = GraphParser.count(shape) ?? .max
    viewed = viewed.addingReportingOverflow(count).partialValue
    guard count <= ExportedProgram.Limit.viewed, viewed <= ExportedProgram.Limit.viewedInAll,
      kept <= ExportedProgram.Limit.viewedAtOnce
    else {
      throw failure(
        node, "works on a view of the shape \(GraphParser.text(shape))",
        why: "at most \(ExportedProgram.Limit.viewed) elements are followed, and "
          + "\(ExportedProgram.Limit.viewedInAll) in all views of a network",
        help: "export with a batch of 2 as example input")
    }
  }

  /// Adds what a layer makes of a value.
  ///
  /// - Parameter example: the shape of one example in PyTorch's order, where it does not follow.
  func add(
    _ kind: any LayerKind, to flow: Int, _ node: Node, name: String = "", example: [Int]? = nil
  ) throws -> Int {
    let output: Shape
    do throws(DescriptionError) {
      output = try kind.output(of: Flow.inner(flows[flow].example))
    } catch {
      throw failure(node, "does not fit what comes before it", why: error.reason)
    }
    return try append(
      Flow(
        action: .layer(kind), inputs: [flow], example: example ?? Flow.outer(output), name: name,
        site: site(node, kind.title), node: node.name), node)
  }

  func append(_ flow: Flow, _ node: Node) throws -> Int {
    guard GraphParser.count([batch] + flow.example) ?? .max < Int(Int32.max) else {
      throw failure(
        node, "gives a tensor of the shape \(GraphParser.text([batch] + flow.example))",
        why: "at most \(Int32.max) elements are computed at once",
        help: "export with a smaller batch as example input")
    }
    flows.append(flow)
    return flows.count - 1
  }

  /// What the site of a layer without parameters is called: as the module if that is nothing else.
  private func site(_ node: Node, _ title: String) -> String {
    let parts = node.moduleClass.split(separator: ".")
    let isModuleItself =
      ["pooling", "dropout", "flatten"].contains(where: parts.contains)
      || (parts.contains("activation") && parts.last != "MultiheadAttention")
    if isModuleItself, !node.module.isEmpty, title != FlattenDescription().title {
      return node.module
    }
    // A view belongs to what the layer that needs it is part of.
    let views = [
      FlattenDescription().title, LastStepDescription().title,
      RearrangementDescription(shape: [], elements: []).title,
    ]
    if views.contains(title), node.moduleClass.hasPrefix("torch.nn.modules.") {
      let parent = node.module.split(separator: ".").dropLast().joined(separator: ".")
      return parent.isEmpty ? title : "\(parent).\(title)"
    }
    return node.module.isEmpty ? title : "\(node.module).\(title)"
  }

  /// Keeps a whole value under the name of the node's result.
  func set(_ flow: Int, as node: Node) {
    set(Arrangement(base: flow, shape: [batch] + flows[flow].example), as: node)
  }

  func set(_ value: Arrangement, as node: Node) { set(value, named: node.outputs.first ?? "") }

  /// Keeps a tensor under a name, unless it is empty.
  func set(_ value: Arrangement, named name: String) {
    guard !name.isEmpty else { return }
    kept += value.elements?.count ?? 0
    kept -= values.updateValue(value, forKey: name)?.elements?.count ?? 0
  }

  // MARK: - Messages

  func failure(
    _ node: Node, _ what: String, why: String? = nil, help: String? = nil
  ) -> Failure {
    let place = node.place.map { ", \(Failure.printable($0))" } ?? ""
    return ExportedProgram.failure(
      program.path,
      "node \(Failure.quote(node.name)) (\(Failure.printable(node.target))\(place)) \(what)",
      why: why, help: help)
  }
}
