import Store
import Tensors

/// What one input of a network of others is, without the batch.
public struct ImportedInput: Sendable, Hashable {
  /// What the numbers of an input mean.
  public enum Kind: Sendable, Hashable {
    /// Quantities.
    case numbers
    /// Tokens, whole numbers from 0 to below the vocabulary.
    case tokens(vocabulary: Int)
  }

  /// The shape in PyTorch's order: C×H×W for images, T×D or T for sequences, D for vectors.
  public let shape: Shape
  /// Quantities or tokens.
  public let kind: Kind

  /// An input of a shape in PyTorch's order.
  public init(shape: Shape, kind: Kind = .numbers) {
    self.shape = shape
    self.kind = kind
  }

  /// The shape in modlab's order: H×W×C for images, else the same.
  public var networkShape: Shape {
    shape.rank == 3 ? [shape[1], shape[2], shape[0]] : shape
  }

  /// A batch as the network takes it: images N×C×H×W are brought to N×H×W×C.
  ///
  /// - Parameter batch: N×shape.
  public func arranged(_ batch: Tensor<Float>) -> Tensor<Float> {
    require(
      batch.shape.rank > 0 && batch.shape.dropFirst() == shape,
      "a batch \(batch.shape) of inputs \(shape)")
    guard shape.rank == 3 else { return batch }
    return batch.permutingAxes([0, 2, 3, 1])
  }

  /// Checks numbers and type of a batch of tokens.
  ///
  /// - Parameters:
  ///   - batch: N×shape, from a file.
  ///   - source: what messages call the file.
  /// - Throws: ``Failure`` (data missing) for a number that is no token.
  public func check(_ batch: Tensor<Float>, source: String) throws {
    guard case .tokens(let vocabulary) = kind,
      let token = batch.scalars.first(where: {
        !($0 >= 0 && $0 < Float(vocabulary) && $0 == $0.rounded())
      })
    else { return }
    throw Failure(
      .dataMissing, "\(source) holds the token \(token)",
      why: "tokens are whole numbers from 0 to \(vocabulary - 1)")
  }
}
