import Store
import Tensors

/// The thresholded masks of a file by stage and parameter, checked.
public struct StoredMasks: Sendable {
  /// A mask as it stands in a file.
  public struct Mask: Sendable {
    /// The elements in row-major order, 0 or 1.
    public let bits: [UInt8]
    /// The shape of the parameter.
    public let shape: Shape

    /// The elements as numbers, to multiply weights with.
    public var factors: Tensor<Float> { Tensor(bits.map { Float($0) }, shape: shape) }
  }

  /// The file, for messages.
  public let path: String
  /// The masks by stage and by dotted name of the parameter; at least one.
  public let stages: [String: [String: Mask]]

  /// Names of the stages in alphabetical order.
  public var names: [String] { stages.keys.sorted() }

  /// Takes the tensors `<stage>/<parameter>` of a file; logits are left out.
  ///
  /// - Throws: ``Failure`` (corrupt) that names the first tensor that is no mask.
  public init(_ tensors: [String: StoredTensor], path: String) throws {
    func refusal(_ name: String, _ why: String, help: String? = nil) -> Failure {
      Failure(.corrupt, "\(path): \(Failure.quote(name)) is no mask", why: why, help: help)
    }
    var stages: [String: [String: Mask]] = [:]
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) where !name.hasSuffix(".logit") {
      guard let slash = name.firstIndex(of: "/"), slash > name.startIndex else {
        throw refusal(
          name, "masks are called <stage>/<parameter>",
          help: "rename it, for example to \(Failure.quote("add/" + name))")
      }
      let mask: Mask
      switch tensor {
      case .uint8(let bits, let shape), .bool(let bits, let shape):
        mask = Mask(bits: bits, shape: shape)
      default:
        throw refusal(
          name, "it has type \(tensor.elementType.rawValue), masks have U8 or BOOL",
          help: "convert it before you save it, in PyTorch with .to(torch.uint8)")
      }
      if let wrong = mask.bits.first(where: { $0 > 1 }) {
        throw refusal(name, "it holds \(wrong), masks hold 0 and 1")
      }
      stages[String(name[..<slash]), default: [:]][String(name[name.index(after: slash)...])] = mask
    }
    guard !stages.isEmpty else {
      throw Failure(
        .corrupt, "\(path) holds no masks", why: "masks are called <stage>/<parameter>")
    }
    self.path = path
    self.stages = stages
  }

  /// The masks of a stage.
  ///
  /// - Throws: ``Failure`` (usage) with a suggestion when the file has no such stage.
  public func stage(_ name: String) throws -> [String: Mask] {
    if let masks = stages[name] { return masks }
    throw Failure(
      .usage, "\(path) has no stage \(Failure.quote(name))",
      why: "its stages are \(names.map { Failure.printable($0) }.joined(separator: ", "))",
      help: Suggestion.help(for: name, among: names))
  }
}
