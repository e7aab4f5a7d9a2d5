import Autograd
import Tensors

/// A network that is computed unit layer by unit layer.
///
/// ```swift
/// let kept = network.outputs(of: 0, from: x, in: pass)
/// let logits = network.logits(from: lesioned, after: 0, in: pass)
/// ```
///
/// Whoever keeps the outputs of a unit layer computes only the rest for every lesion of it; whoever
/// takes a gradient of some unit's output computes only what lies before it. Sites act as in a pass
/// of the whole network.
public struct UnitNetwork<Scalar: TensorScalar>: Module, StatefulModule {
  /// The network as a sequence of unit layers.
  public let units: UnitLayers
  let network: SequentialNetwork<Scalar>

  /// A new network.
  ///
  /// - Parameters:
  ///   - units: what it consists of.
  ///   - random: each parameter is drawn from the stream `init/<its name>`.
  public init(_ units: UnitLayers, random: RandomSource) {
    self.units = units
    network = SequentialNetwork(units.description, random: random)
  }

  /// A network with given parameters and buffers.
  ///
  /// - Parameter tensors: by name; further ones are ignored.
  /// - Throws: ``OptimizerStateError`` when a tensor is missing or has another shape.
  public init(
    _ units: UnitLayers, tensors: [String: Tensor<Scalar>]
  ) throws(OptimizerStateError) {
    self.init(units, random: RandomSource(seed: 0))
    for parameter in network.parameters {
      guard let tensor = tensors[parameter.name] else { throw .missing(name: parameter.name) }
      guard tensor.shape == parameter.shape else {
        throw .shape(name: parameter.name, expected: parameter.shape, found: tensor.shape)
      }
      parameter.value = tensor
    }
    try network.restoreBuffers(from: tensors)
  }

  /// Those of the layers, first to last.
  public var parameters: [Parameter<Scalar>] { network.parameters }

  /// Those of the layers, first to last.
  public var buffers: [StateBuffer<Scalar>] { network.buffers }

  /// All parameters and buffers by name.
  public var tensors: [String: Tensor<Scalar>] {
    network.bufferState.merging(network.parameters.map { ($0.name, $0.value) }) { $1 }
  }

  /// The logits of inputs.
  public func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    network.forward(x, in: pass)
  }

  /// The outputs of a unit layer.
  ///
  /// Shapes: B×… → B×K, or B×H×W×K.
  ///
  /// - Parameters:
  ///   - layer: index of the unit layer.
  ///   - x: the outputs of the unit layer before, or the inputs of the network for the first.
  ///   - pass: where and with which parameters to compute.
  public func outputs(
    of layer: Int, from x: Value<Scalar>, in pass: ForwardPass<Scalar>
  ) -> Value<Scalar> {
    network.forward(x, through: units.layers[layer].layers, in: pass)
  }

  /// What the activation function of a unit layer takes; its outputs where there is none.
  ///
  /// Shapes and parameters as of ``outputs(of:from:in:)``.
  public func activationInputs(
    of layer: Int, from x: Value<Scalar>, in pass: ForwardPass<Scalar>
  ) -> Value<Scalar> {
    let layers = units.layers[layer].layers
    let hasActivation =
      units.description.placed[layers.upperBound - 1].kind is ActivationDescription
    return network.forward(
      x, through: hasActivation ? layers.dropLast() : layers, in: pass)
  }

  /// The logits.
  ///
  /// - Parameters:
  ///   - x: the outputs of a unit layer, or the inputs of the network.
  ///   - layer: index of that unit layer; nil for the inputs.
  ///   - pass: where and with which parameters to compute.
  public func logits(
    from x: Value<Scalar>, after layer: Int?, in pass: ForwardPass<Scalar>
  ) -> Value<Scalar> {
    let start = layer.map { units.layers[$0].layers.upperBound } ?? 0
    return network.forward(x, through: start..<units.head.upperBound, in: pass)
  }
}
