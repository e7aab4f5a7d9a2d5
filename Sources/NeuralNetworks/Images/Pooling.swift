import Autograd
import Tensors

/// Takes the largest or the mean of the pixels of windows that slide over images, channel by
/// channel, or the mean of all pixels.
///
/// Shapes: B×H×W×C (channels last) → B×H'×W'×C with H' = ⌊(H + 2·padding − window) / stride⌋ + 1;
/// over all pixels B×C.
struct Pooling<Scalar: TensorScalar>: Module {
  let description: PoolingDescription

  var parameters: [Parameter<Scalar>] { [] }

  func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    switch description {
    case .maximum(let window): pass.graph.maxPooling(x, window)
    case .mean(let window, let countsPadding):
      pass.graph.averagePooling(x, window, countsPadding: countsPadding)
    case .globalMean: pass.graph.globalAveragePooling(x)
    }
  }
}

/// A way of pooling images.
public enum PoolingDescription: LayerKind, Hashable {
  /// The largest of the pixels of every window; see ``Autograd/Graph/maxPooling(_:_:)``.
  case maximum(PoolingWindow)
  /// The mean over every window; see ``Autograd/Graph/averagePooling(_:_:countsPadding:)``.
  case mean(PoolingWindow, countsPadding: Bool)
  /// The mean over the map; see ``Autograd/Graph/globalAveragePooling(_:)``.
  case globalMean

  /// `max-pooling`, `average-pooling` or `global-average-pooling`.
  public var title: String {
    switch self {
    case .maximum: "max-pooling"
    case .mean: "average-pooling"
    case .globalMean: "global-average-pooling"
    }
  }

  /// H×W×C → H'×W'×C or C.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    guard input.rank == 3 else { throw DescriptionError("pooling of an input \(input)") }
    switch self {
    case .maximum(let window), .mean(let window, _):
      guard 2 * window.padding <= window.size else {
        throw DescriptionError(
          "a padding of \(window.padding) for windows of \(window.size): at most half of it")
      }
      return Shape(
        try input.map(ofWindows: window.size, stride: window.stride, padding: window.padding)
          + [input[2]])
    case .globalMean:
      guard input[0] * input[1] > 0 else { throw DescriptionError("pooling of no pixels") }
      return [input[2]]
    }
  }

  /// The pooling.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    Pooling(description: self)
  }
}

extension LayerDescription {
  /// The largest of every window of pixels; the windows lie side by side unless a stride is given.
  public static func maxPooling(
    _ size: Int, stride: Int? = nil, padding: Int = 0, name: String = ""
  ) -> LayerDescription {
    LayerDescription(
      name,
      PoolingDescription.maximum(PoolingWindow(size, stride: stride, padding: padding)))
  }

  /// The mean over every window of pixels; the windows lie side by side unless a stride is given.
  ///
  /// - Parameter countsPadding: whether zeros beyond the edges count as pixels.
  public static func averagePooling(
    _ size: Int, stride: Int? = nil, padding: Int = 0, countsPadding: Bool = true,
    name: String = ""
  ) -> LayerDescription {
    LayerDescription(
      name,
      PoolingDescription.mean(
        PoolingWindow(size, stride: stride, padding: padding), countsPadding: countsPadding))
  }

  /// The mean of every channel over the map.
  public static func globalAveragePooling(name: String = "") -> LayerDescription {
    LayerDescription(name, PoolingDescription.globalMean)
  }
}

extension Shape {
  /// Rows and columns of the map that windows over an image H×W×C give.
  func map(
    ofWindows size: Int, stride: Int, padding: Int
  ) throws(DescriptionError) -> [Int] {
    guard size > 0, stride > 0, padding >= 0 else {
      throw DescriptionError("windows of \(size) with stride \(stride) and padding \(padding)")
    }
    let smallest = Swift.min(self[0], self[1])
    guard smallest + 2 * padding >= size else {
      throw DescriptionError(
        "windows of \(size) with padding \(padding) do not fit into a map of \(self[0])×\(self[1])")
    }
    return [0, 1].map { (self[$0] + 2 * padding - size) / stride + 1 }
  }
}
