import Autograd
import Tensors

/// A layer for packed sequences as a module for sequences that all have the same length.
///
/// Shapes: x B×T×C, or B×C for vectors, which count as sequences of one step; inputs of rank 2 may
/// be B×T where a layer takes one number per step → the layer's rows in the same arrangement.
struct EvenSequences<Layer: ParameterContainer>: Module {
  typealias Scalar = Layer.Scalar
  /// Applies the layer to rows packed by element.
  typealias Body = (
    _ layer: Layer, _ rows: Value<Scalar>, _ layout: SequenceLayout, _ pass: ForwardPass<Scalar>
  ) -> Value<Scalar>

  private let layer: Layer
  private let inputRank: Int
  private let body: Body

  /// - Parameters:
  ///   - layer: what owns the parameters.
  ///   - inputRank: the rank of a batch of sequences: 3 for vectors, 2 for numbers.
  ///   - body: the layer's rows for rows N×C, or for numbers N, packed by element.
  init(_ layer: Layer, inputRank: Int, _ body: @escaping Body) {
    self.layer = layer
    self.inputRank = inputRank
    self.body = body
  }

  var parameters: [Parameter<Scalar>] { layer.parameters }

  func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    let (graph, batch) = (pass.graph, x.shape[0])
    let isSequence = x.shape.rank == inputRank
    let length = isSequence ? x.shape[1] : 1
    let layout = SequenceLayout(
      batch: batch, length: length, samples: pass.samples, packing: .byElement)
    let rows = graph.reshape(
      x, to: inputRank == 2 ? [batch * length] : [batch * length, x.shape[x.shape.rank - 1]])
    let y = body(layer, rows, layout, pass)
    return isSequence ? graph.reshape(y, to: [batch, length, y.shape[1]]) : y
  }
}

/// Takes the last step of sequences of equal lengths.
///
/// Shapes: B×T×D → B×D.
struct LastStep<Scalar: TensorScalar>: Module {
  var parameters: [Parameter<Scalar>] { [] }

  func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    let (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2])
    let last = pass.graph.slice(x, axis: 1, length - 1..<length)
    return pass.graph.reshape(last, to: [batch, width])
  }
}

/// The last step of sequences; see ``LayerDescription/lastStep(name:)``.
public struct LastStepDescription: LayerKind {
  /// The only way.
  public init() {}

  /// `last-step`.
  public var title: String { "last-step" }

  /// T×D → D.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    guard input.rank == 2, input[0] > 0 else {
      throw DescriptionError("the last step of an input \(input)")
    }
    return [input[1]]
  }

  /// The step.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    LastStep()
  }
}

extension LayerDescription {
  /// The last step of sequences T×D.
  public static func lastStep(name: String = "") -> LayerDescription {
    LayerDescription(name, LastStepDescription())
  }
}
