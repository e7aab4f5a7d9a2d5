import Autograd
import Tensors

/// Puts elements of every example at other places; some may be left out, some may be repeated.
///
/// y[b, i] = x[b, element(i)] with the elements of an example numbered in the order of its axes
///
/// Shapes: B×… → B×….
/// PyTorch equivalent: `x.flatten(1)[:, elements].view(-1, *shape)`.
struct Rearrangement<Scalar: TensorScalar>: Module {
  let description: RearrangementDescription

  var parameters: [Parameter<Scalar>] { [] }

  func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    let (graph, batch) = (pass.graph, x.shape[0])
    let shape = description.shape.prepending(batch)
    guard !description.keepsOrder(of: x.shape.dropFirst()) else {
      return graph.reshape(x, to: shape)
    }
    let (elements, run) = (description.elements, description.run)
    let runs = x.shape.dropFirst().count / run
    let starts = stride(from: 0, to: elements.count, by: run).map { elements[$0] / run }
    let rows = (0..<batch).flatMap { example in starts.map { example * runs + $0 } }
    let parts = graph.reshape(x, to: [batch * runs, run])
    return graph.reshape(graph.gather(parts, rows: rows), to: shape)
  }
}

/// Elements of an example at other places; see ``LayerDescription/rearrangement(_:shape:elements:)``.
public struct RearrangementDescription: LayerKind {
  /// The shape of one output.
  public let shape: Shape
  /// The number of the element of the input that stands at every place of the output.
  public let elements: [Int]
  /// How many neighbours at least stay neighbours, so that they are moved together.
  let run: Int

  /// A rearrangement.
  ///
  /// - Parameters:
  ///   - shape: of one output.
  ///   - elements: for every place of the output the number of an element of the input.
  public init(shape: Shape, elements: [Int]) {
    self.shape = shape
    self.elements = elements
    run = Self.run(of: elements)
  }

  /// The largest number of neighbours that divides all places where neighbours part.
  private static func run(of elements: [Int]) -> Int {
    var run = elements.count
    for place in elements.indices
    where place == 0 || elements[place] != elements[place - 1] + 1 {
      run = divisor(divisor(run, place), elements[place])
    }
    return max(1, run)
  }

  private static func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }

  /// `rearrangement`.
  public var title: String { "rearrangement" }

  /// Whether all elements stay in their order, so that only the shape changes.
  func keepsOrder(of input: Shape) -> Bool {
    elements.count == input.count && elements.first ?? 0 == 0 && run == max(1, elements.count)
  }

  /// Whether an element stays in its channel, wherever in the map it goes.
  func keepsChannels(of input: Shape) -> Bool {
    guard input.rank == 3, shape.rank == 3, input[2] == shape[2] else { return false }
    return elements.indices.allSatisfy { elements[$0] % input[2] == $0 % input[2] }
  }

  /// The shape, of an input that has the elements.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    guard shape.count == elements.count, elements.allSatisfy({ $0 >= 0 && $0 < input.count })
    else {
      throw DescriptionError(
        "\(elements.count) elements of an input \(input) for a shape \(shape)")
    }
    return shape
  }

  /// The same, element by element.
  private init(single other: RearrangementDescription) {
    (shape, elements, run) = (other.shape, other.elements, 1)
  }

  /// The rearrangement; only whole runs of the input can be moved.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    Rearrangement(
      description: input.count % run == 0 ? self : RearrangementDescription(single: self))
  }
}

extension LayerDescription {
  /// Elements of an example, numbered in the order of its axes, at the places of another shape.
  public static func rearrangement(
    _ name: String = "", shape: Shape, elements: [Int]
  ) -> LayerDescription {
    LayerDescription(name, RearrangementDescription(shape: shape, elements: elements))
  }
}
