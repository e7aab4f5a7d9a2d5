extension LSTM {
  /// The parameters that ``init(name:inputs:units:layers:dropout:random:)`` would make, in the same
  /// order.
  public static func outline(
    name: String, inputs: Int, units: Int, layers: Int
  ) -> [ParameterOutline] {
    (0..<layers).flatMap { layer in
      [
        ParameterOutline(
          name: join(name, "weight_ih_l\(layer)"), role: .weight,
          shape: [4 * units, layer == 0 ? inputs : units]),
        ParameterOutline(
          name: join(name, "weight_hh_l\(layer)"), role: .weight, shape: [4 * units, units]),
        ParameterOutline(name: join(name, "bias_ih_l\(layer)"), role: .bias, shape: [4 * units]),
      ]
    }
  }
}

extension LSTMClassifier {
  /// The parameters that ``init(inputs:units:layers:outputs:name:random:)`` would make, in the same
  /// order.
  public static func outline(
    inputs: Int, units: Int, layers: Int, outputs: Int, name: String = ""
  ) -> [ParameterOutline] {
    LSTM<Scalar>.outline(name: join(name, "lstm"), inputs: inputs, units: units, layers: layers) + [
      ParameterOutline(
        name: join(name, "output.weight"), role: .weight, shape: [outputs, units]),
      ParameterOutline(name: join(name, "output.bias"), role: .bias, shape: [outputs]),
    ]
  }
}
