import Autograd
import NeuralNetworks
import Tensors

/// Two parameters with gradients that change from step to step.
struct OptimizerSubject<Scalar: TensorScalar> {
  let parameters = [
    Parameter<Scalar>(
      name: "a", role: .weight, value: Tensor([0.5, -1, 2, 0], shape: [2, 2])),
    Parameter<Scalar>(name: "b", role: .bias, value: Tensor([1, 3], shape: [2])),
  ]
  let gradients = [GradientBuffer<Scalar>(shape: [2, 2]), GradientBuffer<Scalar>(shape: [2])]

  func setGradients(step: Int) {
    for (position, gradient) in gradients.enumerated() {
      let stream = RandomSource(seed: 7).stream("gradient \(position)")
      let drawn: Tensor<Float> = stream.uniform(gradient.shape, in: -1...1, step: step)
      gradient.tensor = drawn.converted(to: Scalar.self)
    }
  }

  var values: [[Double]] { parameters.map { $0.value.scalars.map { Double($0) } } }
}
