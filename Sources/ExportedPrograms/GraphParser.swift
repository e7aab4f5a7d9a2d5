import Store
import Tensors

/// Reads the graph of a program from its JSON (`models/model.json`).
///
/// **Reference**: `torch._export.serde.schema`; every union is an object with one member, whose name
/// says which kind it is.
struct GraphParser {
  let path: String

  /// What the JSON says besides the weights.
  struct Content {
    var version = (major: 0, minor: 0)
    var nodes: [ExportedProgram.Node] = []
    var input = ""
    var inputShape: [Int] = []
    var inputType = ExportedProgram.ElementType.float32
    var output = ""
    var weights: [String: ExportedProgram.Weight] = [:]
    var integers: [String: Int] = [:]
    var shapes: [String: [Int]] = [:]
  }

  func failure(_ what: String, why: String? = nil, help: String? = nil) -> Failure {
    ExportedProgram.failure(path, what, why: why, help: help)
  }

  /// The versions of the format that are read.
  static let majorVersions = 7...8

  func parse(_ bytes: [UInt8]) throws -> Content {
    let root: JSONValue
    do {
      root = try JSONValue.parse(
        bytes, file: "model.json", maximumValues: ExportedProgram.Limit.graphValues)
    } catch let syntax as Failure {
      throw failure("the graph cannot be read: \(syntax.description)")
    }
    var content = Content()
    let version = root["schema_version"]
    guard let major = version?["major"]?.integerValue, let minor = version?["minor"]?.integerValue
    else {
      throw failure(
        "the graph does not say which version of the format it has",
        help: "write it again with torch.export.save of PyTorch 2.8 or later")
    }
    guard Self.majorVersions.contains(major) else {
      throw failure(
        "the graph has version \(major).\(minor) of the format",
        why: "versions 7 and 8 are read",
        help: "export it with another version of PyTorch; 2.15 is what the tests use")
    }
    content.version = (major, minor)
    guard let module = root["graph_module"], let graph = module["graph"],
      let nodes = graph["nodes"]?.arrayValue, let values = graph["tensor_values"]?.objectValue
    else { throw failure("the graph has no nodes") }
    guard nodes.count <= ExportedProgram.Limit.nodes else {
      throw failure(
        "the graph has \(nodes.count) nodes", why: "at most \(ExportedProgram.Limit.nodes) are read"
      )
    }
    for (name, value) in graph["sym_int_values"]?.objectValue ?? [:] {
      content.integers[name] = extent(value)
    }
    for (name, meta) in values { content.shapes[name] = shape(meta) }
    content.nodes = try nodes.enumerated().map { try node($1, number: $0) }
    try readSignature(module["signature"], values, into: &content)
    return content
  }

  // MARK: - Inputs and outputs

  private func readSignature(
    _ signature: JSONValue?, _ values: [String: JSONValue], into content: inout Content
  ) throws {
    guard let inputs = signature?["input_specs"]?.arrayValue,
      let outputs = signature?["output_specs"]?.arrayValue
    else { throw failure("the graph has no signature") }
    var users: [String] = []
    for input in inputs {
      guard let (kind, spec) = Self.union(input) else {
        throw failure("an input of the graph is \(input.kindDescription)")
      }
      switch kind {
      case "parameter", "buffer":
        guard let name = spec["arg"]?["name"]?.stringValue,
          let weight = spec["\(kind)_name"]?.stringValue
        else { throw failure("a \(kind) of the graph has no name") }
        content.weights[name] = ExportedProgram.Weight(
          name: weight, isParameter: kind == "parameter")
      case "user_input":
        users.append(spec["arg"]?["as_tensor"]?["name"]?.stringValue ?? "")
      default: continue
      }
    }
    guard users.count == 1, !users[0].isEmpty else {
      throw failure(
        users.count == 1
          ? "the network's input is no tensor" : "the network has \(users.count) inputs",
        why: "networks of one input tensor are read",
        help: "export a module whose forward takes one tensor and gives one tensor")
    }
    let results = outputs.map { output -> String in
      guard let (kind, spec) = Self.union(output), kind == "user_output" else { return "" }
      return spec["arg"]?["as_tensor"]?["name"]?.stringValue ?? ""
    }
    guard results.count == 1, !results[0].isEmpty else {
      let mutated = outputs.contains { $0["buffer_mutation"] != nil }
      throw failure(
        mutated
          ? "the network changes its buffers while it computes"
          : "the network has \(results.count) outputs",
        why: mutated
          ? "it was exported in training mode" : "networks of one output tensor are read",
        help: mutated
          ? "call model.eval() before torch.export.export"
          : "export a module whose forward takes one tensor and gives one tensor")
    }
    (content.input, content.output) = (users[0], results[0])
    let meta = values[users[0]]
    guard let shape = content.shapes[users[0]] else {
      throw failure("the input \(Failure.quote(users[0])) has no shape")
    }
    let code = meta?["dtype"]?.integerValue ?? 0
    guard let type = ExportedProgram.ElementType(rawValue: code),
      type.isFractional || type.isWhole
    else {
      throw failure(
        "the input \(Failure.quote(users[0])) has the element type \(code) of PyTorch",
        why: "inputs are numbers (float32, float64, float16, bfloat16) or tokens (int64, int32)",
        help: "export with an example input of such a type, such as x.float() or x.long()")
    }
    guard shape.count >= 2, shape.count <= 4, shape.allSatisfy({ $0 > 0 }) else {
      throw failure(
        "the input \(Failure.quote(users[0])) has the shape \(Self.text(shape))",
        why: "a batch of vectors, sequences or images has 2 to 4 axes, none of extent 0",
        help: shape.count < 2 ? "export with a batch as example input: x.unsqueeze(0)" : nil)
    }
    guard Self.count(shape) ?? .max <= ExportedProgram.Limit.elements else {
      throw failure(
        "the example input has the shape \(Self.text(shape))",
        why: "at most \(ExportedProgram.Limit.elements) numbers are read",
        help: "export with a smaller batch as example input")
    }
    (content.inputShape, content.inputType) = (shape, type)
  }

  // MARK: - Nodes

  private func node(_ value: JSONValue, number: Int) throws -> ExportedProgram.Node {
    guard let target = value["target"]?.stringValue, let inputs = value["inputs"]?.arrayValue,
      let outputs = value["outputs"]?.arrayValue
    else { throw failure("node \(number) of the graph has no target, inputs or outputs") }
    var names: [String] = []
    for output in outputs {
      let (kind, content) = Self.union(output) ?? ("", .null)
      switch kind {
      case "as_tensor": names.append(content["name"]?.stringValue ?? "")
      case "as_tensors":
        names += (content.arrayValue ?? []).map { $0["name"]?.stringValue ?? "" }
      case "as_sym_int": names.append(content["as_name"]?.stringValue ?? "")
      default: names.append("")
      }
    }
    var arguments: [String: ExportedProgram.Argument] = [:]
    for (index, input) in inputs.enumerated() {
      // The functions of Python that compute extents have arguments without names.
      let name = input["name"]?.stringValue ?? ""
      guard let argument = input["arg"] else {
        throw failure("node \(number) of the graph has an argument without a value")
      }
      arguments[name.isEmpty ? "\(index)" : name] = self.argument(argument)
    }
    let metadata = value["metadata"]
    let (module, moduleClass) = Self.module(metadata?["nn_module_stack"]?.stringValue ?? "")
    let name = value["name"]?.stringValue ?? names.first { !$0.isEmpty } ?? "\(number)"
    return ExportedProgram.Node(
      name: name, target: Self.shortTarget(target), arguments: arguments, outputs: names,
      module: module, moduleClass: moduleClass,
      place: Self.place(metadata?["stack_trace"]?.stringValue ?? ""))
  }

  private func argument(_ value: JSONValue) -> ExportedProgram.Argument {
    guard let (kind, content) = Self.union(value) else { return .other(value.kindDescription) }
    switch kind {
    case "as_none": return .none
    case "as_tensor": return .tensor(content["name"]?.stringValue ?? "")
    case "as_tensors":
      return .tensors((content.arrayValue ?? []).map { $0["name"]?.stringValue ?? "" })
    case "as_int": return content.integerValue.map { .integer($0) } ?? .other(kind)
    case "as_ints":
      let numbers = (content.arrayValue ?? []).map(\.integerValue)
      return numbers.contains(nil) ? .other(kind) : .integers(numbers.compactMap { $0 })
    case "as_float": return content.numberValue.map { .number($0) } ?? .other(kind)
    case "as_bool": return content.boolValue.map { .truth($0) } ?? .other(kind)
    case "as_string": return content.stringValue.map { .text($0) } ?? .other(kind)
    case "as_sym_int": return symbol(content)
    case "as_sym_ints":
      let parts = (content.arrayValue ?? []).map(symbol)
      return .symbols(parts)
    // Element types and devices change nothing: modlab computes in single precision.
    default: return .other(kind)
    }
  }

  private func symbol(_ value: JSONValue) -> ExportedProgram.Argument {
    if let name = value["as_name"]?.stringValue { return .symbol(name) }
    return value["as_int"]?.integerValue.map { .integer($0) } ?? .other("as_sym_int")
  }

  // MARK: - Parts

  /// The member of a union and its content.
  static func union(_ value: JSONValue) -> (kind: String, content: JSONValue)? {
    guard let members = value.objectValue, members.count == 1, let member = members.first else {
      return nil
    }
    return (member.key, member.value)
  }

  /// An extent: a number, or an expression with its value at the example input.
  private func extent(_ value: JSONValue) -> Int? {
    value["as_int"]?.integerValue ?? value["as_expr"]?["hint"]?["as_int"]?.integerValue
  }

  /// The shape of a tensor; nil without one.
  func shape(_ meta: JSONValue) -> [Int]? {
    guard let sizes = meta["sizes"]?.arrayValue, sizes.count <= ExportedProgram.Limit.axes else {
      return nil
    }
    let extents = sizes.compactMap(extent)
    return extents.count == sizes.count && extents.allSatisfy { $0 >= 0 } ? extents : nil
  }

  /// `aten.relu.default` of `torch.ops.aten.relu.default`.
  private static func shortTarget(_ target: String) -> String {
    target.hasPrefix("torch.ops.") ? String(target.dropFirst("torch.ops.".count)) : target
  }

  /// Name and class of the innermost module of a stack
  /// `L__self__a,a,torch.nn.A;L__self__a_b,a.b,torch.nn.B`.
  private static func module(_ stack: String) -> (name: String, type: String) {
    let parts = (stack.split(separator: ";").last ?? "").split(
      separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[1].hasPrefix("_empty") else { return ("", "") }
    return (String(parts[1]), String(parts[2]))
  }

  /// File and line of the outermost call: `net.py:12`.
  private static func place(_ trace: String) -> String? {
    guard let line = trace.split(separator: "\n").first, line.hasPrefix("File \"") else {
      return nil
    }
    let parts = line.dropFirst("File \"".count).split(separator: "\"")
    guard parts.count == 2, let file = parts[0].split(separator: "/").last else { return nil }
    let number = parts[1].drop { !$0.isNumber }.prefix { $0.isNumber }
    return number.isEmpty ? nil : "\(file):\(number)"
  }

  /// The product of extents; nil when it does not fit.
  static func count(_ shape: [Int]) -> Int? {
    var product = 1
    for extent in shape {
      let (next, isTooLarge) = product.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !isTooLarge else { return nil }
      product = next
    }
    return product
  }

  /// `2×3×4`.
  static func text(_ shape: [Int]) -> String {
    shape.isEmpty ? "scalar" : shape.map(String.init).joined(separator: "×")
  }
}
