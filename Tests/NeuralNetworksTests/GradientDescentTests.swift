import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct GradientDescentTests {
  @Test func `plain steps by hand`() {
    let subject = OptimizerSubject<Double>()
    let descent = GradientDescent(subject.parameters, learningRate: 0.1, weightDecay: 0.5)
    subject.gradients[0].tensor = Tensor([1, 1, 1, 1], shape: [2, 2])
    subject.gradients[1].tensor = Tensor([2, -2], shape: [2])
    descent.step(gradients: subject.gradients, gradientScale: 2)
    expectClose(
      subject.parameters[0].value, [0.5 - 0.225, -1 - 0.15, 2 - 0.3, -0.2], relative: 1e-14)
    expectClose(subject.parameters[1].value, [1 - 0.45, 3 + 0.25], relative: 1e-14)
    #expect(descent.state.isEmpty)
  }

  @Test func `a hundred steps with momentum equal the formula`() {
    let subject = OptimizerSubject<Double>()
    let descent = GradientDescent(
      subject.parameters, learningRate: 0.01, momentum: 0.9, weightDecay: 0.1)
    var expected = subject.values
    var velocity: [[Double]] = []
    for step in 1...100 {
      subject.setGradients(step: step)
      descent.step(gradients: subject.gradients)
      let gradients = zip(subject.gradients, expected).map { gradient, values in
        zip(gradient.tensor.scalars, values).map { $0 + 0.1 * $1 }
      }
      velocity =
        step == 1
        ? gradients
        : zip(velocity, gradients).map { zip($0, $1).map { 0.9 * $0 + $1 } }
      expected = zip(expected, velocity).map { zip($0, $1).map { $0 - 0.01 * $1 } }
    }
    for (parameter, values) in zip(subject.parameters, expected) {
      expectClose(parameter.value, values, relative: 1e-11)
    }
  }
}
