import Foundation
import Store
import Tensors

/// Brings the tensors of a weight file together with those of a network, or says why they do not
/// fit each other.
public struct WeightFitting {
  /// Where the weights come from.
  public enum Use: Sendable {
    /// They are to be those of a manifest's network.
    case manifest
    /// They are those of another program, for a network that is described beside them.
    case imported

    var owner: String { self == .manifest ? "the network of the manifest" : "the network" }

    var help: String {
      self == .manifest
        ? "were the weights written with this manifest, profile and --set options?"
        : "do the layers describe the network whose weights were saved?"
    }
  }

  /// Names and shapes of the network's parameters and buffers, in its order.
  private let network: [(name: String, shape: Shape)]
  private let shapes: [String: Shape]
  /// What messages call the weights: the file, or `the weights`.
  private let source: String
  private let use: Use

  /// Prepares for a network.
  ///
  /// - Parameters:
  ///   - network: Names and shapes of all its parameters and buffers, in its order.
  ///   - source: What messages call the weights, such as the path of their file.
  ///   - use: Where they come from.
  public init(
    _ network: [(name: String, shape: Shape)], source: String, use: Use = .manifest
  ) {
    self.network = network
    self.source = source
    self.use = use
    shapes = Dictionary(network.map { ($0.name, $0.shape) }) { first, _ in first }
  }

  /// The tensors under the names and in the shapes of the network, none missing and none left over.
  ///
  /// A second bias of an LSTM layer, as PyTorch has it, is added to the first one.
  ///
  /// - Parameters:
  ///   - weights: Tensors by name.
  ///   - note: Told what was changed, in a sentence without a full stop.
  /// - Throws: ``Failure`` (corrupt) that names the first tensor that is missing, that the network
  ///   does not have, or that has another shape.
  public func fit(
    _ weights: [String: Tensor<Float>], note: (String) -> Void
  ) throws -> [String: Tensor<Float>] {
    let weights = try addingSecondBiases(weights, note: note)
    guard !weights.isEmpty else { throw Failure(.corrupt, "\(source) holds no tensors") }
    if let missing = network.first(where: { weights[$0.name] == nil }) {
      throw missingFailure(missing.name, weights)
    }
    let names = weights.keys.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    if let additional = names.first(where: { shapes[$0] == nil }) {
      throw Failure(
        .corrupt,
        "\(source) has the tensor \(Failure.quote(additional)), which the network does not have",
        why: "the network has \(Self.list(network.map(\.name)))",
        help: use == .manifest
          ? "use the manifest, profile and --set options that describe the network of the weights"
          : Suggestion.help(
            for: additional, among: network.map(\.name).filter { weights[$0] == nil }) ?? use.help
      )
    }
    for (name, shape) in network {
      guard let tensor = weights[name], tensor.shape != shape else { continue }
      throw shapeFailure(name, found: tensor.shape, needed: shape)
    }
    return weights
  }

  // MARK: - Second biases

  private func addingSecondBiases(
    _ weights: [String: Tensor<Float>], note: (String) -> Void
  ) throws -> [String: Tensor<Float>] {
    var result = weights
    for (name, second) in weights.sorted(by: { $0.key < $1.key }) where shapes[name] == nil {
      guard let sum = Self.firstBias(ofSecond: name), shapes[sum] != nil, let first = weights[sum]
      else { continue }
      guard first.shape == second.shape else {
        throw Failure(
          .corrupt, "\(source) has biases of different shapes",
          why: "\(Failure.quote(sum)) has shape \(first.shape), "
            + "\(Failure.quote(name)) has shape \(second.shape)")
      }
      result[name] = nil
      guard second.scalars.contains(where: { $0 != 0 }) else { continue }
      result[sum] = first + second
      note(
        "\(Failure.quote(name)) was added to \(Failure.quote(sum)): the LSTM layers of modlab have "
          + "one bias, the sum of the two of PyTorch")
    }
    return result
  }

  /// The name of PyTorch's first LSTM bias beside its second one: `lstm.bias_ih_l0` for
  /// `lstm.bias_hh_l0`; nil for a tensor of another name.
  public static func firstBias(ofSecond name: String) -> String? {
    counterpart(of: name, "bias_hh_l", "bias_ih_l")
  }

  /// The name of PyTorch's second LSTM bias beside its first one.
  public static func secondBias(ofFirst name: String) -> String? {
    counterpart(of: name, "bias_ih_l", "bias_hh_l")
  }

  private static func counterpart(of name: String, _ from: String, _ to: String) -> String? {
    let start = name.lastIndex(of: ".").map(name.index(after:)) ?? name.startIndex
    guard name[start...].hasPrefix(from) else { return nil }
    let rest = name[start...].dropFirst(from.count)
    guard !rest.isEmpty, rest.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    return "\(name[..<start])\(to)\(rest)"
  }

  // MARK: - Messages

  private func missingFailure(_ name: String, _ weights: [String: Tensor<Float>]) -> Failure {
    if let prefix = commonPrefix(weights) {
      return Failure(
        .corrupt, "the names of all tensors of \(source) begin with \(Failure.quote(prefix))",
        why: "the names of the network's tensors do not: it has \(Self.list(network.map(\.name)))",
        help: "remove the beginning before you save the weights, in Python: "
          + "{name.removeprefix(\(Failure.quote(prefix))): tensor for name, tensor in "
          + "weights.items()}")
    }
    let names = weights.keys.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    return Failure(
      .corrupt, "\(source) has no tensor \(Failure.quote(name)), which the network needs",
      why: "it has \(Self.list(names))",
      help: use == .manifest
        ? use.help
        : Suggestion.help(for: name, among: weights.keys.filter { shapes[$0] == nil }) ?? use.help)
  }

  /// What all names of the weights begin with and no name of the network does: `module.`.
  private func commonPrefix(_ weights: [String: Tensor<Float>]) -> String? {
    guard let first = weights.keys.first else { return nil }
    var end = first.startIndex
    while let dot = first[end...].firstIndex(of: ".") {
      end = first.index(after: dot)
      let prefix = String(first[..<end])
      guard weights.keys.allSatisfy({ $0.hasPrefix(prefix) }) else { return nil }
      let isWhatIsTooMuch = network.allSatisfy { weights[prefix + $0.name] != nil }
      if isWhatIsTooMuch { return prefix }
    }
    return nil
  }

  private func shapeFailure(_ name: String, found: Shape, needed: Shape) -> Failure {
    var failure = Failure(
      .corrupt, "\(source): the tensor \(Failure.quote(name)) has shape \(found)",
      why: "\(use.owner) needs \(needed)", help: use.help)
    guard found.rank == needed.rank, found.dimensions.sorted() == needed.dimensions.sorted() else {
      return failure
    }
    if found.rank == 2 {
      failure.why =
        "\(use.owner) needs its transpose, \(needed): weights of linear "
        + "layers are outputs × inputs"
      failure.help = "transpose it before you save it, in PyTorch with .t().contiguous()"
    } else {
      failure.why = "\(use.owner) needs \(needed): the same axes in another order"
      failure.help =
        "kernels are outputs × inputs × height × width, as in PyTorch; bring the axes into this "
        + "order with .permute(…).contiguous()"
    }
    return failure
  }

  /// Some of many names, made harmless.
  static func list(_ names: [String], limit: Int = 8) -> String {
    let shown = names.prefix(limit).map { Failure.printable($0) }.joined(separator: ", ")
    return names.count > limit ? "\(shown), … (\(names.count) tensors)" : shown
  }
}
