import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// A network that is trained to answer sequences with sequences.
protocol TrainableSequenceModel: SequenceToSequenceModel where Scalar == Float {
  /// The loss of a training step, of the network or of its masks.
  func trainingLoss(
    of batch: NeuralNetworks.SequencePairs, random: RandomSource, in pass: ForwardPass<Float>
  ) -> Value<Float>
}

extension EncoderDecoderLSTM<Float>: TrainableSequenceModel {
  /// In every other batch, on average, the decoder reads its own answers instead of the right ones;
  /// while masks are trained as well.
  func trainingLoss(
    of batch: NeuralNetworks.SequencePairs, random: RandomSource, in pass: ForwardPass<Float>
  ) -> Value<Float> {
    loss(of: batch, feeding: .drawn(step: pass.step, random: random), in: pass)
  }
}

extension EncoderDecoderTransformer<Float>: TrainableSequenceModel {
  /// The decoder always reads the right answers.
  func trainingLoss(
    of batch: NeuralNetworks.SequencePairs, random: RandomSource, in pass: ForwardPass<Float>
  ) -> Value<Float> {
    loss(of: batch, in: pass)
  }
}

/// Named examples: of a stage to train on, or to judge a network by.
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
/// are judged on several test sets.
struct SequenceStudy<Network: TrainableSequenceModel> {
  let study: MaskStudy<Network>
  /// What the network is trained on.
  let training: NamedSequences
  /// Test sets; the first one is of the distribution that the network is trained on.
  let tests: [NamedSequences]

  private var random: RandomSource { RandomSource(seed: UInt64(study.context.seed)) }

  // MARK: Training

  /// Trains the network.
  func pretrain(key: JSONValue) throws -> FrozenGradients<Float> {
    try study.pretrain(key: key, examples: training.pairs.count) { indices, pass in
      study.network.trainingLoss(of: training.batch(indices), random: random, in: pass)
    }
  }

  // MARK: Masking

  /// Trains masks on each of the sets, without dropout.
  func learnMasks(
    _ sets: [NamedSequences], frozen: FrozenGradients<Float>
  ) throws -> [StageMasks] {
    try study.learnMasks(
      sets.map { set in
        MaskStudy<Network>.Stage(name: set.name, examples: set.pairs.count) { indices, calls in
          study.network.trainingLoss(of: set.batch(indices), random: random, in: calls.pass())
        }
      }, frozen: frozen)
  }

  // MARK: Measurement

  /// Accuracy of whole answers and loss on all test sets under every mask mode, and the tables about
  /// the masks.
  func measure(_ stages: [StageMasks], parts: MaskStudy<Network>.Parts) throws {
    study.context.log("measuring")
    MaskTables(stages: stages, context: study.context).record()
    try study.forEachMode(stages, parts: parts) { stage, mode, masks in
      try record(stage: stage, mode: mode, masks: masks)
    }
  }

  /// Accuracy and loss of the network as it is.
  func measureUnmasked() throws {
    try record(stage: "pretrained", mode: .none, masks: [MaskSet([:])])
  }

  private func record(stage: String, mode: MaskMode, masks: [MaskSet]) throws {
    for test in tests {
      var (right, loss) = (0, 0.0)
      for masks in masks {
        let found = try judge(
          test, with: MaskedParameters(study.network.parameters, masks: masks))
        right += found.right
        loss += found.loss
      }
      let count = Double(test.pairs.count * masks.count)
      let keys = [stage, mode.rawValue, test.name]
      study.context.record(.accuracy, keys, "accuracy", Double(right) / count)
      study.context.record(.accuracy, keys, "loss", loss / count)
      study.context.record(.accuracy, keys, "n_examples", count)
    }
  }

  /// Examples per forward pass; bounds the memory, changes nothing else.
  private static var chunk: Int { 250 }

  /// Right answers, decoded greedily, and the summed loss.
  private func judge(
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
      try study.context.checkCancellation()
      let batch = test.batch(order[start..<min(start + Self.chunk, order.count)])
      right += study.network.correctCount(of: batch, in: pass)
      loss += Double(study.network.loss(of: batch, in: pass).tensor.item) * Double(batch.count)
    }
    return (right, loss)
  }
}
