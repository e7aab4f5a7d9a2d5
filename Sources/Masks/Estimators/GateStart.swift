import NeuralNetworks
import Tensors

/// What logits start from.
public enum GateStart: Sendable, Hashable {
  /// A number of the settings.
  case constant
  /// U(−1/√n, 1/√n) with n the number of inputs of an output: the elements of a row of the group's first
  /// parameter.
  case uniform
  /// The mean |w| of the weights that a gate acts on.
  case magnitude

  /// The logits of a group.
  ///
  /// - Parameters:
  ///   - group: its gates.
  ///   - constant: the number of the settings.
  ///   - parameters: all that get masks.
  ///   - random: where uniform numbers are drawn from.
  func logits<Scalar: TensorScalar>(
    of group: GateGroup, constant: Double, parameters: [Parameter<Scalar>], random: RandomStream
  ) -> Tensor<Scalar> {
    let members = group.members.compactMap { member in
      parameters.first { $0.name == member.parameter }.map { (member.spread, $0.value) }
    }
    switch self {
    case .constant: return Tensor(repeating: Scalar(constant), shape: group.shape)
    case .uniform:
      let inputs = members.first?.1.shape.dropFirst().count ?? 1
      let bound = 1 / Double(max(inputs, 1)).squareRoot()
      return random.uniform(group.shape, in: Scalar(-bound)...Scalar(bound))
    case .magnitude:
      var (sums, counts) = (
        [Double](repeating: 0, count: group.shape.count),
        [Double](repeating: 0, count: group.shape.count)
      )
      for (spread, value) in members {
        for (weight, gate) in zip(value.scalars, spread.spread(Array(sums.indices))) {
          sums[gate] += abs(Double(weight))
          counts[gate] += 1
        }
      }
      return Tensor(zip(sums, counts).map { Scalar($0 / max($1, 1)) }, shape: group.shape)
    }
  }
}
