import NeuralNetworks
import Tensors

/// A value that is computed: by a layer from one other, or from several.
struct Flow {
  enum Action {
    case input
    case layer(any LayerKind)
    case sum
    case concatenation
    /// The logarithm of a softmax, which may only stand at the end.
    case logSoftmax
  }

  var action: Action
  /// Numbers of the values that it is computed from, all smaller than its own.
  let inputs: [Int]
  /// Shape of one example in PyTorch's order: C×H×W for images.
  let example: [Int]
  /// The dotted name of a layer with parameters, else empty.
  let name: String
  /// What the site of its output is called, before it is made unique.
  let site: String
  /// The node of the program, for messages.
  let node: String

  /// The shape of one example in modlab's order, images with channels last.
  static func inner(_ example: [Int]) -> Shape {
    Shape(example.count == 3 ? [example[1], example[2], example[0]] : example)
  }

  /// The reverse of ``inner(_:)``.
  static func outer(_ shape: Shape) -> [Int] {
    shape.rank == 3 ? [shape[2], shape[0], shape[1]] : shape.dimensions
  }

  /// For every element of an example in modlab's order its number in PyTorch's order.
  static func order(_ example: [Int]) -> [Int] {
    guard example.count == 3 else { return Array(0..<example.reduce(1, *)) }
    let (channels, pixels) = (example[0], example[1] * example[2])
    return (0..<pixels).flatMap { pixel in (0..<channels).map { $0 * pixels + pixel } }
  }
}
