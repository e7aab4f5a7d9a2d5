import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

#if compiler(<6.2)
  /// Older compilers let every metatype cross isolation domains, and have no protocol that says so.
  typealias SendableMetatype = Any
#endif

/// A network that is trained to predict sequences from sequences.
protocol TrainableSequenceModel: SequenceToSequenceModel, SendableMetatype where Scalar == Float {
  /// The loss of a training step, of the network or of its masks.
  func trainingLoss(
    of batch: NeuralNetworks.SequencePairs, random: RandomSource, in pass: ForwardPass<Float>
  ) -> Value<Float>
}

extension EncoderDecoderLSTM<Float>: TrainableSequenceModel {
  /// In every other batch, on average, the decoder reads its own predictions instead of the right ones;
  /// while masks are trained as well.
  func trainingLoss(
    of batch: NeuralNetworks.SequencePairs, random: RandomSource, in pass: ForwardPass<Float>
  ) -> Value<Float> {
    loss(of: batch, feeding: .drawn(step: pass.step, random: random), in: pass)
  }
}

extension EncoderDecoderTransformer<Float>: TrainableSequenceModel {
  /// The decoder always reads the right tokens.
  func trainingLoss(
    of batch: NeuralNetworks.SequencePairs, random: RandomSource, in pass: ForwardPass<Float>
  ) -> Value<Float> {
    loss(of: batch, in: pass)
  }
}

/// Named examples: of a stage to train on, or to evaluate a network on.
struct NamedSequences {
  let name: String
  let pairs: Datasets.SequencePairs

  /// Some of the pairs in the form that networks take.
  func batch(_ indices: some Sequence<Int>) -> NeuralNetworks.SequencePairs {
    let indices = Array(indices)
    return NeuralNetworks.SequencePairs(
      inputs: indices.map { pairs.inputs[$0].map(Int.init) },
      outputs: indices.map { pairs.outputs[$0].map(Int.init) })
  }
}

/// Experiments with sequences: a network is trained on one set of examples, masks on several, and all
/// are evaluated on several test sets.
struct SequenceStudy<Network: TrainableSequenceModel> {
  /// Where the network comes from.
  let source: NetworkSource<Network>
  /// What the network is trained on.
  let training: NamedSequences
  /// Test sets; the first one is of the distribution that the network is trained on.
  let tests: [NamedSequences]
  /// Sets that only the masks of one stage are evaluated on, by its name: examples of what they were
  /// trained on.
  var ownTests: [String: NamedSequences] = [:]

  private var network: Network { source.network }
  private var context: RunContext { source.context }
  private var evaluation: MaskedEvaluation<Network> {
    MaskedEvaluation(network: network, context: context)
  }

  // MARK: Training

  /// Trains the network.
  @discardableResult
  func train(key: JSONValue) throws -> FrozenGradients<Float> {
    try source.train(key: key, examples: training.pairs.count) { indices, pass in
      network.trainingLoss(of: training.batch(indices), random: context.random, in: pass)
    }
  }

  // MARK: Masking

  /// Trains masks on each of the sets.
  ///
  /// - Parameters:
  ///   - sets: the sets.
  ///   - masking: how masks are trained.
  ///   - controls: what they are compared with.
  ///   - tested: the set that the masks of a stage are judged on by the controls.
  ///   - neverLearned: functions that the network never learned, by name.
  ///   - frozen: the accumulators for clipping.
  func learnMasks(
    _ sets: [NamedSequences], _ masking: MaskSettings, _ controls: ControlSettings,
    judgedOn tested: (NamedSequences) -> NamedSequences,
    neverLearned: [NeverLearnedSequences], frozen: FrozenGradients<Float>
  ) throws -> (masks: [StageMasks], controls: MaskControls<Network>) {
    let study = MaskStudy(source: source, masking: masking, controls: controls)
    let stages = sets.map(stage)
    let controls = try MaskControls(
      study, stages: zip(stages, sets).map { controlled($0, tested($1)) },
      declared: neverLearned.map(\.name), frozen: frozen
    ) { name in
      guard let function = neverLearned.first(where: { $0.name == name }) else {
        fatalError("there is no function '\(name)'")
      }
      return controlled(stage(function.train), function.test)
    }
    return (try study.learnMasks(stages, frozen: frozen), controls)
  }

  private func stage(_ set: NamedSequences) -> MaskStudy<Network>.Stage {
    MaskStudy<Network>.Stage(name: set.name, examples: set.pairs.count) { indices, calls in
      network.trainingLoss(of: set.batch(indices), random: context.random, in: calls.pass())
    }
  }

  private func controlled(
    _ stage: MaskStudy<Network>.Stage, _ test: NamedSequences
  ) -> ControlledStage<Network> {
    let outputs = (0..<test.pairs.count).map { Array(test.pairs.outputs[$0]) }
    return ControlledStage(
      stage: stage,
      task: MaskTask(answers: outputs, part: Self.chunk) { range in
        let batch = test.batch(range)
        return { network.correctCount(of: batch, in: $0) }
      })
  }

  // MARK: Measurement

  /// Accuracy of whole predictions and loss of the network as it is, on all test sets.
  func evaluateNetwork() throws { try evaluation.ofNetwork(evaluate) }

  /// The same, and under every mask mode; and the tables about the masks.
  func measure(_ stages: [StageMasks], parts: MaskedEvaluation<Network>.Parts) throws {
    try evaluation.measure(stages, parts: parts, evaluate)
  }

  private func evaluate(stage: String, mode: MaskMode, masks: [MaskSet]) throws {
    for test in tests + (mode == .mask ? [ownTests[stage]].compactMap(\.self) : []) {
      var (right, loss) = (0, 0.0)
      for masks in masks {
        let found = try evaluate(test, with: MaskedParameters(network.parameters, masks: masks))
        right += found.right
        loss += found.loss
      }
      let count = Double(test.pairs.count * masks.count)
      let keys = [stage, mode.rawValue, test.name]
      context.record(.accuracy, keys, "accuracy", Double(right) / count)
      context.record(.accuracy, keys, "loss", loss / count)
      context.record(.accuracy, keys, "n_examples", count)
    }
  }

  /// Examples per forward pass; bounds the memory, changes nothing else.
  private static var chunk: Int { 250 }

  /// Right predictions, decoded greedily, and the summed loss.
  private func evaluate(
    _ test: NamedSequences, with source: some ParameterSource<Float>
  ) throws -> (right: Int, loss: Double) {
    let graph = Graph<Float>()
    let pass = ForwardPass(graph: graph, source: source)
    // Examples of like length together: fewer steps are decoded in vain.
    let order = (0..<test.pairs.count).sorted {
      (test.pairs.outputs.length($0), $0) < (test.pairs.outputs.length($1), $1)
    }
    var (right, loss) = (0, 0.0)
    for start in stride(from: 0, to: order.count, by: Self.chunk) {
      try context.checkCancellation()
      let batch = test.batch(order[start..<min(start + Self.chunk, order.count)])
      right += network.correctCount(of: batch, in: pass)
      loss += Double(network.loss(of: batch, in: pass).tensor.item) * Double(batch.count)
    }
    return (right, loss)
  }

  /// Forward passes per example of an evaluation: a greedy decoding and the loss.
  static var passesPerExample: Double { 2 }
}
