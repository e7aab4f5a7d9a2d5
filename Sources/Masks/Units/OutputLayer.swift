import NeuralNetworks
import Tensors

/// Parameters that share their outputs: row j of each belongs to output j.
///
/// A layer consists of its weights (one, or the two of a layer of long short-term memory), its bias, and
/// scale and shift of the normalisation that follows a convolution under the same name but for its last
/// part. Embeddings, other normalisations and biases without a weight are layers of their own.
struct OutputLayer: Sendable, Hashable {
  /// The weights, or the parameter that is a layer of its own.
  private(set) var main: [ParameterOutline]
  /// Bias, scale and shift.
  private(set) var companions: [ParameterOutline] = []
  /// Number of outputs: the extent of axis 0 of all parameters.
  var outputs: Int { main[0].shape[0] }
  /// The parameters in the order of the network.
  var parameters: [ParameterOutline] { main + companions }

  /// Whether it is a layer of long short-term memory, with rows in four blocks, one for each gate.
  var isLSTM: Bool {
    main.count == 2 && main.allSatisfy { Self.recurrentSuffix($0.name) != nil }
      && outputs.isMultiple(of: 4)
  }

  /// Whether its weight slides over images.
  var isConvolution: Bool { main[0].role == .weight && main[0].shape.rank > 2 }

  /// The layers of a network.
  ///
  /// - Parameter parameters: all of them, in its order.
  static func layers(of parameters: [ParameterOutline]) -> [OutputLayer] {
    parameters.reduce(into: []) { layers, parameter in
      guard let last = layers.indices.last, layers[last].outputs == parameter.shape[0] else {
        return layers.append(OutputLayer(main: [parameter]))
      }
      let isSame = name(of: layers[last].main[0]) == name(of: parameter)
      switch parameter.role {
      case .weight where isSame && recurrentSuffix(parameter.name) != nil:
        layers[last].main.append(parameter)
      case .bias where isSame:
        layers[last].companions.append(parameter)
      case .normScale, .normShift:
        let isNext =
          layers[last].isConvolution
          && name(of: layers[last].main[0]).dropLast() == name(of: parameter).dropLast()
        if isSame && !isNext {
          layers[last].main.append(parameter)
        } else if isNext {
          layers[last].companions.append(parameter)
        } else {
          layers.append(OutputLayer(main: [parameter]))
        }
      default: layers.append(OutputLayer(main: [parameter]))
      }
    }
  }

  /// The parts of the layer's name: those of the parameter's but the last, and `l0` of `weight_ih_l0`.
  private static func name(of parameter: ParameterOutline) -> [Substring] {
    parameter.name.split(separator: ".").dropLast()
      + (recurrentSuffix(parameter.name).map { [$0] } ?? [])
  }

  /// `l0` of `lstm.weight_ih_l0`.
  private static func recurrentSuffix(_ name: String) -> Substring? {
    guard let match = name.firstMatch(of: #/(?:weight|bias)_[ih]h_(l\d+)$/#) else { return nil }
    return match.1
  }
}
