import Tensors

/// Tensors of the parameters' shapes under one prefix: one kind of optimiser state.
struct ParameterState<Scalar: TensorScalar> {
  private let names: [String]
  var tensors: [Tensor<Scalar>]

  init(prefix: String, _ parameters: [Parameter<Scalar>]) {
    names = parameters.map { "\(prefix).\($0.name)" }
    tensors = parameters.map { Tensor(zeros: $0.shape) }
    require(Set(names).count == names.count, "two parameters have the same name")
  }

  var named: [String: Tensor<Scalar>] {
    Dictionary(uniqueKeysWithValues: zip(names, tensors))
  }

  func restored(
    from state: [String: Tensor<Scalar>]
  ) throws(OptimizerStateError) -> ParameterState {
    var result = self
    for (position, name) in names.enumerated() {
      guard let tensor = state[name] else { throw .missing(name: name) }
      let expected = tensors[position].shape
      guard tensor.shape == expected else {
        throw .shape(name: name, expected: expected, found: tensor.shape)
      }
      result.tensors[position] = tensor
    }
    return result
  }
}
