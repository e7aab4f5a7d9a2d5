import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors
import TestSupport
import Testing

@testable import Experiments

@Suite struct InterferenceTests {
  private let task = AdditionMultiplication(digits: 2)

  /// 99 + 1 is 00 modulo 100 and becomes 11; 58 + 31 is 89 and becomes 90; 7 · 7 is 49 and becomes 50.
  @Test func digitsAreRenamed() {
    func renamed(_ a: Int, _ b: Int, _ operation: AdditionMultiplication.Operation) -> Int {
      InterferenceCondition(trained: operation, targets: .renamed, protection: .none).result(
        of: operation, for: .init(a: a, b: b, operation: operation), in: task)
    }
    #expect(renamed(99, 1, .add) == 11)
    #expect(renamed(58, 31, .add) == 90)
    #expect(renamed(7, 7, .multiply) == 50)
  }

  @Test func theOtherOperationKeepsItsResults() {
    let condition = InterferenceCondition(trained: .add, targets: .renamed, protection: .none)
    let example = AdditionMultiplication.Example(a: 7, b: 7, operation: .multiply)
    #expect(condition.result(of: .multiply, for: example, in: task) == 49)
  }

  /// Protected weights keep their bits under momentum, too; the others move.
  @Test(arguments: [PretrainingSettings.Optimizer.adam, .sgd])
  func protectedWeightsStay(optimizer: PretrainingSettings.Optimizer) throws {
    let description = NetworkDescription.feedForward(sizes: [4, 6, 3])
    let network = SequentialNetwork<Float>(description, random: RandomSource(seed: 1))
    let before = network.parameters.map(\.value)
    var protected: [String: BinaryMask] = [:]
    for parameter in network.parameters {
      let bits = (0..<parameter.shape.count).map { UInt8($0 % 2) }
      protected[parameter.name] = BinaryMask(bits: bits, shape: parameter.shape)
    }
    var settings = PretrainingSettings()
    settings.optimizer = optimizer
    settings.learningRate = 0.1
    if optimizer == .sgd { settings.momentum = 0.9 }
    let training = Pretraining(
      network.parameters, settings: settings, protecting: MaskSet(protected),
      random: RandomSource(seed: 2))
    let inputs = Tensor<Float>((0..<20).map { Float($0 % 7) - 2 }, shape: [5, 4])
    for step in 0..<5 {
      _ = training.step(step) { pass in
        pass.graph.crossEntropy(
          logits: network.forward(pass.graph.constant(inputs), in: pass), classes: [0, 1, 2, 0, 1])
      }
    }
    for (parameter, old) in zip(network.parameters, before) {
      let (new, old) = (parameter.value.scalars, old.scalars)
      #expect(new.indices.filter { $0 % 2 == 1 }.allSatisfy { new[$0] == old[$0] })
      #expect(new.indices.contains { $0 % 2 == 0 && new[$0] != old[$0] })
    }
  }

  /// Stopped and resumed it records the same rows.
  @Test func isResumed() throws {
    let tiny = try TinyRun.configuration("addmul-interference", Self.short)
    try TinyRun.expectSameFilesWhenStopped(tiny, stops: 4, steps: 20)
  }

  /// Its phases may be computed at the same time, and it evaluates when it is told to.
  @Test func orderOfPhasesDoesNotMatter() throws {
    let tiny = try TinyRun.configuration("addmul-interference", Self.short)
    func run(threads: Int) throws -> RunContext {
      let context = try RunContext(seed: 0, kind: tiny.experiment, threads: threads)
      try tiny.experiment.prepare(json: tiny.configuration).run(context)
      return context
    }
    let context = try run(threads: 1)
    #expect(try run(threads: 3).rows == context.rows)
    #expect(context.texts(.interference, 4) == ["0", "3", "6"])
    // Nothing has changed before the first step.
    for trained in ["add", "mul"] {
      let accuracies = try ["none", "mask", "random"].map {
        try context.value(.interference, [trained, "same", $0, "add", "0"], "accuracy")
      }
      #expect(Set(accuracies).count == 1)
    }
  }

  private static let short = [
    ("pretrain.steps", "20"), ("mask.steps", "10"), ("further.steps", "6"),
    ("further.evaluate-every", "3"),
  ]

  /// Weight decay would move protected weights.
  @Test func weightDecayIsRefused() throws {
    let failure = #expect(throws: Failure.self) {
      _ = try TinyRun.configuration("addmul-interference", [("pretrain.weight-decay", "0.1")])
    }
    #expect(failure?.description.contains("pretrain.weight-decay is 0.1") == true)
  }
}
