import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct OptimizerTests {
  /// Ten steps at once, and five, a checkpoint into a new optimiser, and five more.
  private func continues(_ make: ([Parameter<Float>]) -> any Optimizer<Float>) throws {
    func take(
      _ steps: Range<Int>, _ subject: OptimizerSubject<Float>, _ optimizer: any Optimizer<Float>
    ) {
      for step in steps {
        subject.setGradients(step: step)
        optimizer.step(gradients: subject.gradients)
      }
    }
    let straight = OptimizerSubject<Float>()
    let first = make(straight.parameters)
    take(0..<10, straight, first)

    let resumed = OptimizerSubject<Float>()
    let before = make(resumed.parameters)
    take(0..<5, resumed, before)
    let after = make(resumed.parameters)
    try after.restore(stepCount: before.stepCount, state: before.state)
    #expect(after.state == before.state)
    take(5..<10, resumed, after)
    #expect(resumed.parameters.map(\.value) == straight.parameters.map(\.value))
    #expect(after.state == first.state)
    #expect(after.stepCount == 10)
  }

  @Test func `Adam continues bit by bit from a checkpoint`() throws {
    try continues { Adam($0) }
    #expect(
      Set(Adam(OptimizerSubject<Float>().parameters).state.keys)
        == ["adam.m.a", "adam.m.b", "adam.v.a", "adam.v.b"])
  }

  @Test func `gradient descent continues bit by bit from a checkpoint`() throws {
    try continues { GradientDescent($0, learningRate: 0.1, momentum: 0.9) }
    let descent = GradientDescent(
      OptimizerSubject<Float>().parameters, learningRate: 1, momentum: 0.5)
    #expect(Set(descent.state.keys) == ["sgd.velocity.a", "sgd.velocity.b"])
  }

  @Test func `state that does not fit is refused and changes nothing`() {
    let subject = OptimizerSubject<Float>()
    let adam = Adam(subject.parameters)
    subject.setGradients(step: 1)
    adam.step(gradients: subject.gradients)
    let state = adam.state

    var missing = state
    missing["adam.v.b"] = nil
    #expect(throws: OptimizerStateError.missing(name: "adam.v.b")) {
      try adam.restore(stepCount: 9, state: missing)
    }
    var wrong = state
    wrong["adam.m.a"] = Tensor(zeros: [4])
    #expect(throws: OptimizerStateError.shape(name: "adam.m.a", expected: [2, 2], found: [4])) {
      try adam.restore(stepCount: 9, state: wrong)
    }
    #expect(adam.state == state)
    #expect(adam.stepCount == 1)
    #expect(
      "\(OptimizerStateError.shape(name: "adam.m.a", expected: [2, 2], found: [4]))"
        == "optimiser state 'adam.m.a' has shape 4 instead of 2×2")
    #expect(
      "\(OptimizerStateError.missing(name: "x"))" == "optimiser state 'x' is missing")
  }

  @Test func `a saved state does not follow later steps`() {
    let subject = OptimizerSubject<Float>()
    let adam = Adam(subject.parameters)
    let state = adam.state
    subject.setGradients(step: 1)
    adam.step(gradients: subject.gradients)
    #expect(state["adam.m.a"] == Tensor(zeros: [2, 2]))
  }

  @Test func `a source that does not train a parameter is refused`() async {
    await #expect(processExitsWith: .failure) {
      let p = Parameter<Float>(name: "p", role: .weight, value: Tensor(zeros: [1]))
      Adam([p]).step(TrainableParameters([]))
    }
  }

  @Test func `parameters of one name are refused`() async {
    await #expect(processExitsWith: .failure) {
      let p = Parameter<Float>(name: "p", role: .weight, value: Tensor(zeros: [1]))
      let q = Parameter<Float>(name: "p", role: .weight, value: Tensor(zeros: [1]))
      _ = Adam([p, q])
    }
  }
}
