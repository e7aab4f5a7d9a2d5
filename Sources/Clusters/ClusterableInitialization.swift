import NeuralNetworks
import Tensors

/// Initial weights that prefer connections inside modules.
///
/// Every unit belongs to one of m modules, drawn at random; an output to that of its class. Weights
/// between units of the same module are multiplied by 1 + (1 − δ)(m − 1), all others by δ, so that the
/// mean factor of random pairs is 1. Whole slices of kernels are multiplied.
///
/// Reference: Filan et al., 2021, section 5.2.
public struct ClusterableInitialization: Sendable, Hashable {
  /// m.
  public var modules = 10
  /// δ of linear layers, 0…1.
  public var linearFactor = 0.6
  /// δ of convolutions, 0…1.
  public var convolutionFactor = 0.8
  /// Whether the inputs of a network without convolutions have modules, too; else the weights of the
  /// first layer are left alone. Those of the first convolution always are.
  public var includesInputs = false

  /// The published settings for networks that are trained.
  public init() {}

  /// The weights with the preference; all other tensors as they are.
  ///
  /// The linear layers behind convolutions have no units in the graph and are left alone.
  ///
  /// - Parameters:
  ///   - tensors: of a new network, by name.
  ///   - units: its unit layers.
  ///   - random: draws modules, from the streams `modules/<layer>`.
  public func applied(
    to tensors: [String: Tensor<Float>], of units: UnitLayers, random: RandomSource
  ) -> [String: Tensor<Float>] {
    require(modules > 0, "\(modules) modules")
    func drawn(_ layer: String, _ count: Int) -> [Int] {
      random.stream("modules/\(layer)").integers(count, below: modules)
    }
    var result = tensors
    var before =
      includesInputs ? units.inputCount.map { drawn(UnitLayers.inputsName, $0) } : nil
    for layer in units.layers + (units.outputs.map { [$0] } ?? []) {
      let own =
        layer.name == units.outputs?.name
        ? (0..<layer.width).map { $0 % modules } : drawn(layer.name, layer.width)
      let name = layer.weights[0].name
      if let before, let weight = tensors[name] {
        result[name] = preferring(weight, inputs: before, outputs: own)
      }
      before = own
    }
    return result
  }

  /// Shapes: outputs×inputs, or outputs×inputs×height×width.
  private func preferring(
    _ weight: Tensor<Float>, inputs: [Int], outputs: [Int]
  ) -> Tensor<Float> {
    let isKernel = weight.shape.rank == 4
    let delta = isKernel ? convolutionFactor : linearFactor
    let same = Float(1 + (1 - delta) * Double(modules - 1))
    let other = Float(delta)
    var result = weight
    let places = weight.count / max(inputs.count * outputs.count, 1)
    result.withUnsafeMutableBufferPointer { scalars in
      for index in scalars.indices {
        let slice = index / places
        let isSame = inputs[slice % inputs.count] == outputs[slice / inputs.count]
        scalars[index] *= isSame ? same : other
      }
    }
    return result
  }
}
