import Autograd
import Masks
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Masks trained by other estimators, to a given size and for another objective, step by step against
/// PyTorch.
@Suite struct EstimatorTrainingParityTests {
  private let golden: Golden
  private let network: SequentialNetwork<Double>
  private let inputs: Tensor<Double>
  private let classes: [Int]
  private let names = ["layers.0.weight", "layers.1.weight"]

  init() throws {
    golden = try Golden("estimator_training", in: .module)
    network = SequentialNetwork(.feedForward(sizes: [5, 6, 4]), random: RandomSource(seed: 1))
    for parameter in network.parameters {
      parameter.value =
        if let layer = names.firstIndex(of: parameter.name) {
          try golden.tensor("weight/\(layer)")
        } else {
          Tensor(zeros: parameter.shape)
        }
    }
    inputs = try golden.tensor("inputs")
    classes = try golden.integers("classes")
  }

  private var steps: Int { get throws { try golden.tensor("matched/loss", as: Double.self).count } }

  private func trainer(
    _ estimator: any MaskEstimator, beta: Double = 0,
    target: MaskTrainer<Double>.Settings.Target? = nil, objective: MaskObjective = .task
  ) -> MaskTrainer<Double> {
    MaskTrainer(
      masking: network.parameters.filter { $0.role == .weight }, stage: "s",
      settings: .init(
        learningRate: 0.05, beta: beta, batch: 8, samples: 2, startLogit: 0.4, clip: 1e9,
        target: target, objective: objective), estimator: estimator,
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]),
      random: RandomSource(seed: 2))
  }

  /// Takes all steps, with losses and logits of the golden.
  private func compare(_ trainer: MaskTrainer<Double>, with name: String) throws {
    let losses = try golden.tensor("\(name)/loss", as: Double.self).scalars
    for step in try 0..<steps {
      let report = trainer.step(step) { calls in
        calls.pass().loss(
          logits: network.forward(calls.graph.constant(inputs), in: calls.pass()),
          classes: classes)
      }
      #expect(abs(report.loss - losses[step]) < 1e-9, "step \(step)")
      for (layer, parameter) in names.enumerated() {
        let expected = try golden.tensor("\(name)/logits/\(layer)", as: Double.self).slice(step)
        let found = try #require(trainer.state["mask.logits.\(parameter)"])
        for (a, b) in zip(found.scalars, expected.scalars) {
          #expect(abs(a - b) < 1e-7, "step \(step), \(parameter)")
        }
      }
    }
  }

  @Test func edgePopupAgrees() throws {
    let trainer = trainer(EdgePopup(kept: 0.5))
    try trainer.restoreLogits(
      from: names.enumerated().reduce(into: [:]) {
        $0["mask.logits.\($1.element)"] = try golden.tensor("edge_popup/start/\($1.offset)")
      })
    try compare(trainer, with: "edge_popup")
    for (layer, name) in names.enumerated() {
      let gates = try golden.tensor("edge_popup/gates/\(layer)", as: Double.self).scalars
      #expect(try #require(trainer.masks[name]).bits == gates.map { UInt8($0) })
    }
  }

  @Test func givenSizesAgree() throws {
    let estimator = ContinuousSparsification(steps: try steps)
    let trainer = trainer(estimator, target: .init(kept: 0.3, steps: try steps))
    try compare(trainer, with: "given_size")
    let found = try #require(trainer.state["size-target.multipliers"]).scalars
    let expected = try golden.tensor("given_size/multipliers", as: Double.self)
      .slice(try steps - 1)
    #expect(zip(found, expected.scalars).allSatisfy { abs($0 - $1) < 1e-9 })
  }

  @Test func matchedOutputsAgree() throws {
    let estimator = ContinuousSparsification(steps: try steps)
    try compare(trainer(estimator, beta: 0.02, objective: .match), with: "matched")
  }
}
