import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Tensors

/// Masks for each of two planted sums, compared with the weights that they are known to need.
struct PlantedStudy {
  typealias Network = SequentialNetwork<Float>

  let study: MaskStudy<Network>
  let task: ModularSums
  let truth: PlantedTruth

  private var context: RunContext { study.context }

  /// Learns the masks of all stages, measures and saves.
  ///
  /// - Parameter parts: the tensors that mask modes treat apart.
  func run(parts: MaskedEvaluation<Network>.Parts) throws {
    let frozen = FrozenGradients(study.network.parameters, startingFrom: [:])
    let stages = PlantedStage.all.map { stage($0.name, $0.sums, task.answer) }
    let controls = try MaskControls(
      study, stages: stages, declared: PlantedNull.names, frozen: frozen
    ) { neverLearned($0) }
    let masks = try study.learnMasks(stages.map(\.stage), frozen: frozen)
    try study.evaluation.measure(masks, parts: parts, evaluate)
    truth.record(masks, in: context)
    try context.save(study.network)
    try context.save(masks)
    try truth.save(in: context)
    try controls.run(masks)
  }

  // MARK: Training

  /// A stage, and what its masks are judged on: all examples.
  ///
  /// - Parameters:
  ///   - name: the stage's name.
  ///   - sums: those whose outputs count.
  ///   - answer: the right class of an example at the outputs of a sum.
  private func stage(
    _ name: String, _ sums: [Int], _ answer: @escaping (ModularSums.Example, Int) -> Int
  ) -> ControlledStage<Network> {
    let examples = task.examples
    return ControlledStage(
      stage: MaskStudy<Network>.Stage(name: name, examples: examples.count) { indices, calls in
        let losses = losses(indices.map { examples[$0] }, sums, answer, calls.pass()).map(\.loss)
        let graph = calls.graph
        return losses.count == 1
          ? losses[0] : graph.scale(graph.add(losses[0], losses[1]), by: 0.5)
      },
      task: MaskTask(
        answers: examples.map { example in sums.map { answer(example, $0) } },
        part: examples.count
      ) { range in
        let part = Array(examples[range])
        return { pass in
          let found = losses(part, sums, answer, pass).map(\.isRight)
          return part.indices.count { example in found.allSatisfy { $0[example] } }
        }
      })
  }

  /// A function that nothing in the network computes.
  private func neverLearned(_ name: String) -> ControlledStage<Network> {
    guard let function = PlantedNull(rawValue: name) else {
      fatalError("there is no function '\(name)'")
    }
    return stage(ControlStep.neverLearned(name), [0]) { example, _ in
      function.answer(example, modulus: task.moduli[0])
    }
  }

  /// The mean cross-entropy of some of the sums, and which examples they are right for.
  private func losses(
    _ batch: [ModularSums.Example], _ sums: [Int],
    _ answer: (ModularSums.Example, Int) -> Int, _ pass: ForwardPass<Float>
  ) -> [(loss: Value<Float>, isRight: [Bool])] {
    let outputs = study.network.forward(pass.graph.constant(task.inputs(batch)), in: pass)
    return sums.map { sum in
      let range = sum * task.classes..<(sum + 1) * task.classes
      let answers = batch.map { answer($0, sum) }
      let logits = pass.graph.slice(outputs, axis: 1, range)
      return (
        pass.loss(logits: logits, classes: answers),
        zip(task.predictions(outputs.tensor, ofSum: sum), answers).map(==)
      )
    }
  }

  // MARK: Measurement

  /// Records accuracy and loss of each sum, and as `iid` of both: an example is right when both sums
  /// are.
  private func evaluate(stage: String, mode: MaskMode, masks: [MaskSet]) throws {
    let examples = task.examples
    var right = [0, 0, 0]
    var loss = [0.0, 0.0]
    for set in masks {
      let pass = ForwardPass(
        graph: Graph<Float>(), source: MaskedParameters(study.network.parameters, masks: set))
      let found = losses(examples, [0, 1], task.answer, pass)
      for sum in [0, 1] {
        right[sum] += found[sum].isRight.count { $0 }
        loss[sum] += Double(found[sum].loss.tensor.item) / Double(masks.count)
      }
      right[2] += zip(found[0].isRight, found[1].isRight).count { $0 && $1 }
    }
    let count = Double(masks.count * examples.count)
    let names = PlantedStage.names
    for (set, right, loss) in [
      ("iid", right[2], (loss[0] + loss[1]) / 2), (names[1], right[0], loss[0]),
      (names[2], right[1], loss[1]),
    ] {
      let keys = [stage, mode.rawValue, set]
      context.record(.accuracy, keys, "accuracy", Double(right) / count)
      context.record(.accuracy, keys, "loss", loss)
      context.record(.accuracy, keys, "n_examples", count)
    }
    Modularity(stages: names).record(stage: stage, mode: mode, in: context)
  }
}
