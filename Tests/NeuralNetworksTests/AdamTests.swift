import Autograd
import Foundation
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct AdamTests {
  @Test func `two steps by hand`() {
    let p = Parameter<Double>(name: "p", role: .weight, value: Tensor([1], shape: [1]))
    let gradient = GradientBuffer<Double>(shape: [1])
    let adam = Adam([p], learningRate: 0.1)
    // Step 1: the corrected moments are g and g², so the step is lr · g/(|g| + ε).
    gradient.tensor = Tensor([0.5], shape: [1])
    adam.step(gradients: [gradient])
    expectClose(p.value, [1 - 0.1 * 0.5 / (0.5 + 1e-8)], relative: 1e-12)
    // Step 2: m = 0.9·0.05 + 0.1·(−1), v = 0.999·0.00025 + 0.001·1.
    let before = p.value.item
    gradient.tensor = Tensor([-1], shape: [1])
    adam.step(gradients: [gradient])
    let (m, v) = (0.045 - 0.1, 0.000_249_75 + 0.001)
    let step = 0.1 * (m / 0.19) / ((v / 0.001_999).squareRoot() + 1e-8)
    expectClose(p.value, [before - step], relative: 1e-10)
    #expect(adam.stepCount == 2)
  }

  @Test func `a hundred steps equal the formula`() {
    let subject = OptimizerSubject<Double>()
    let configuration = Adam<Double>.Configuration(
      beta1: 0.8, beta2: 0.995, epsilon: 1e-4, weightDecay: 0.02)
    let adam = Adam(subject.parameters, learningRate: 0.05, configuration: configuration)
    var expected = subject.values
    var m = expected.map { $0.map { _ in 0.0 } }
    var v = m
    for step in 1...100 {
      subject.setGradients(step: step)
      adam.learningRate = 0.05 / Double(step)
      adam.step(gradients: subject.gradients, gradientScale: 0.5)
      for (t, gradient) in subject.gradients.enumerated() {
        for (i, raw) in gradient.tensor.scalars.enumerated() {
          let g = 0.5 * raw + 0.02 * expected[t][i]
          m[t][i] = 0.8 * m[t][i] + 0.2 * g
          v[t][i] = 0.995 * v[t][i] + 0.005 * g * g
          let first = m[t][i] / (1 - pow(0.8, Double(step)))
          let second = v[t][i] / (1 - pow(0.995, Double(step)))
          expected[t][i] -= 0.05 / Double(step) * first / (second.squareRoot() + 1e-4)
        }
      }
    }
    for (parameter, values) in zip(subject.parameters, expected) {
      expectClose(parameter.value, values, relative: 1e-10)
    }
  }

  @Test func `single precision follows double precision for a hundred steps`() {
    let (single, double) = (OptimizerSubject<Float>(), OptimizerSubject<Double>())
    let optimizers = (Adam(single.parameters), Adam(double.parameters))
    for step in 1...100 {
      single.setGradients(step: step)
      double.setGradients(step: step)
      optimizers.0.step(gradients: single.gradients)
      optimizers.1.step(gradients: double.gradients)
    }
    for (a, b) in zip(single.parameters, double.parameters) {
      expectClose(a.value, b.value, relative: 1e-5, absolute: 1e-6)
    }
  }

  @Test func `an empty gradient counts as zero`() {
    let subject = OptimizerSubject<Double>()
    let adam = Adam(subject.parameters)
    subject.setGradients(step: 1)
    adam.step(gradients: subject.gradients)
    let (before, moment) = (subject.values, adam.state["adam.m.a"])
    for gradient in subject.gradients { gradient.clear() }
    adam.step(gradients: subject.gradients)
    #expect(subject.values != before)
    #expect(adam.state["adam.m.a"] == moment.map { 0.9 * $0 })
  }
}
