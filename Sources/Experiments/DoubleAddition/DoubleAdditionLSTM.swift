import Autograd
import Datasets
import ExperimentKit
import NeuralNetworks
import Tensors

/// Manifest section `model` of double addition in a recurrent network.
struct DoubleAdditionLSTMModel: Settings {
  var mode = TwoPartLSTM<Float>.Presentation.together
  var units = 256
  var layers = 2
  var steps = 3

  static let schema = Schema<DoubleAdditionLSTMModel>([
    .choice(
      "mode", \.mode, paper: "together, only-one-io",
      "how the pairs are presented and read: `together` shows both all the time and reads both at "
        + "the end; `only-one-io` shows one after the other and reads each after its steps; "
        + "`only-one` shows one after the other and reads both at the end; `same-input` shows one "
        + "after the other at the same inputs; `same-output` shows both and reads the same outputs "
        + "at half time and at the end; `same-io` shares inputs and outputs"),
    .integer("units", \.units, in: 1...1024, unit: "units", paper: "256", "state of every layer"),
    .integer("layers", \.layers, in: 1...16, paper: "2", "number of LSTM layers"),
    .integer(
      "steps", \.steps, in: 1...1000, unit: "steps", paper: "3", "time steps for each pair"),
  ])
}

/// Section 3.2 with a recurrent network: the same questions as ``DoubleAdditionFNN``, and whether
/// weights are reused when the pairs come one after the other or share inputs and outputs.
///
/// The state is never reset between the pairs. Figs. 3, 12 and 13 of the workshop paper.
struct DoubleAdditionLSTM: Kind {
  typealias Configuration = StudySettings<DoubleAdditionTask, DoubleAdditionLSTMModel>

  let name = "double-add-lstm"
  let summary = "Does a recurrent network reuse weights for the same operation at two times?"
  let section = "3.2"
  let version = 1
  let tables = Table.ofMasks + Table.ofControls + [.modularity]
  let artefacts: [Artefact] = [.weights, .masks, .controlMasks]

  /// LSTM layers that see two pairs and predict both sums in one call.
  struct Network: PairNetwork {
    let recurrent: TwoPartLSTM<Float>

    init(_ task: DoubleAddition, _ model: DoubleAdditionLSTMModel, random: RandomSource) {
      recurrent = TwoPartLSTM(
        model.mode, inputs: task.pairInputSize, units: model.units, layers: model.layers,
        outputs: task.pairOutputSize, repeats: model.steps, random: random)
    }

    var parameters: [Parameter<Float>] { recurrent.parameters }

    func logits(
      _ examples: [DoubleAddition.Example], pairs: [Int], task: DoubleAddition,
      pass: (Int) -> ForwardPass<Float>
    ) -> [Value<Float>] {
      let pass = pass(0)
      let x = pass.graph.constant(task.inputs(examples, showing: pairs))
      let logits = recurrent.forward(x, in: pass)
      return pairs.map { logits[$0] }
    }
  }

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    let task = DoubleAddition(digits: c.task.digits)
    let outline = c.model.mode.outline(
      inputs: task.pairInputSize, units: c.model.units, layers: c.model.layers,
      outputs: task.pairOutputSize, repeats: c.model.steps)
    let key = c.pretrainingKey(network: "double-addition-lstm", version: version)
    return try PreparedStudy(
      c, network: outline, key: key, stages: DoubleAdditionStage.names,
      evaluations: RunStep.evaluations(
        stages: DoubleAdditionStage.names,
        operations: Double(c.task.validSize) * outline.forwardOperations),
      neverLearned: NeverLearnedPair.names,
      run: { context in
        let network = Network(task, c.model, random: context.random)
        try DoubleAdditionStudy(MaskStudy(network, c, context), task: c.task).run(
          key: key,
          parts: .init(
            inputOutput: ["lstm.weight_ih_l0", "output.weight"],
            halves: [["lstm.weight_ih_l0", "lstm.weight_hh_l0"]]))
      },
      evaluationSet: { c.task.evaluationSet($0, showsBoth: true) },
      predict: { request in
        let network = Network(task, c.model, random: RandomSource(seed: 0)).recurrent
        return try predict(with: network, inputs: 2 * task.pairInputSize, request) { x, pass in
          pass.graph.concatenate(network.forward(x, in: pass), axis: 1)
        }
      })
  }
}
