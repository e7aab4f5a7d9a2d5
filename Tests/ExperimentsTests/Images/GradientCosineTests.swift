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

@Suite struct GradientCosineTests {
  private let images = SyntheticImages.coloured.images(
    5, random: RandomSource(seed: 4).stream("images"))

  @Test func `the cosine is that of vectors, where the mask keeps`() {
    let a = Tensor<Float>([3, 4, 100, 0], shape: [4])
    let b = Tensor<Float>([4, 3, -100, 0], shape: [4])
    let mask = BinaryMask(bits: [1, 1, 0, 0], shape: [4])
    #expect(abs(GradientAngle(a, b, where: mask).cosine - 24.0 / 25) < 1e-12)
    #expect(abs(GradientAngle(a, b, where: nil).cosine - (24 - 10_000) / (25 + 10_000)) < 1e-12)
    // Tensors add up as parts of one vector, not as cosines.
    let sum = GradientAngle(a, b, where: mask) + GradientAngle(a, a, where: mask)
    #expect(abs(sum.cosine - 49.0 / 50) < 1e-12)
    let none = BinaryMask(bits: [0, 0, 0, 0], shape: [4])
    #expect(GradientAngle(a, b, where: none).cosine.isNaN)
  }

  /// Against the gradients of a network whose weights are masked by hand, one batch after the other.
  @Test func `gradients are those of a network with masked weights, summed over batches`() throws {
    let random = RandomSource(seed: 8)
    let sizes = NetworkDescription.convolutional(
      side: images.inputs([0]).shape[1], channels: [2, 3])
    let network = SequentialNetwork<Float>(sizes, random: random)
    let masks = MaskSet(
      network.parameters.reduce(into: [:]) { result, parameter in
        let draws: Tensor<Float> = random.stream("mask/\(parameter.name)")
          .uniform(parameter.shape, in: -1...1)
        result[parameter.name] = BinaryMask(
          bits: draws.scalars.map { $0 > 0 ? 1 : 0 }, shape: parameter.shape)
      })
    let found = GradientSum(network, masks: masks).over(images, batch: 2) {}

    let other = SequentialNetwork<Float>(sizes, random: random)
    for parameter in other.parameters {
      let mask = try #require(masks[parameter.name])
      for index in 0..<parameter.shape.count where mask.bits[index] == 0 {
        parameter.value[flat: index] = 0
      }
    }
    var sums: [String: [Double]] = [:]
    for batch in [[0, 1], [2, 3], [4]] {
      let trained = TrainableParameters(other.parameters)
      let graph = Graph<Float>()
      let pass = ForwardPass(graph: graph, source: trained)
      let logits = other.forward(graph.constant(images.inputs(batch)), in: pass)
      graph.backward(
        from: graph.crossEntropy(logits: logits, classes: images.targets(batch)))
      for (parameter, gradient) in zip(other.parameters, trained.gradients) {
        let old = sums[parameter.name] ?? Array(repeating: 0, count: parameter.shape.count)
        sums[parameter.name] = zip(old, gradient.tensor.scalars).map { $0 + Double($1) }
      }
    }
    for (name, expected) in sums {
      let gradient = try #require(found[name]).scalars.map(Double.init)
      let size = expected.map(abs).max() ?? 0
      #expect(size > 0, "\(name)")
      for (x, y) in zip(gradient, expected) { #expect(abs(x - y) <= 1e-5 * size, "\(name)") }
    }
  }

  @Test func `nothing turns without masks`() throws {
    let context = try TinyRun.run(TinyRun.configuration("cifar10-gradient-cosine"))
    #expect(context.texts(.gradCosine, 0) == ["0", "1", "2", "3", "4", "5"])
    for row in context.records(of: .gradCosine) where row.keys[0] == "0" {
      #expect(abs(row.value - 1) < 1e-12, "\(row.keys)")
    }
    let masked = try context.value(.gradCosine, ["5", "all"], "cosine")
    #expect(masked < 1 && masked > -1)
  }

  /// Tensors whose masks do not take effect yet are restricted to what these keep like the others.
  @Test func `from the first masked layer on all tensors are restricted to the learned masks`()
    throws
  {
    let subject = try TinyRun.configuration("cifar10-gradient-cosine")
    try withTemporaryFolder { folder in
      let context = try RunContext(seed: 0, kind: subject.experiment, folder: folder)
      try subject.experiment.prepare(json: subject.configuration).run(context)
      let c = try GradientCosine.Configuration.schema.decode(subject.configuration)
      let network = SequentialNetwork<Float>(c.model.description, random: context.random)
      let weights = try Safetensors.read("\(folder)/weights.safetensors").tensors
      for parameter in network.parameters {
        parameter.value = try #require(weights[parameter.name]?.float32)
      }
      let path = "\(folder)/masks.safetensors"
      let stored = try StoredMasks(Safetensors.read(path).tensors, path: path).stages
      let masks = MaskSet(
        try #require(stored.values.first).mapValues { BinaryMask(bits: $0.bits, shape: $0.shape) })
      #expect(masks.names.count == network.parameters.count)
      let valid = try c.task.data.parts(.cifar10, context).valid
      func gradient(_ masks: MaskSet) -> [String: Tensor<Float>] {
        GradientSum(network, masks: masks).over(valid, batch: c.pretrain.batch) {}
      }
      let reference = gradient(MaskSet([:]))
      let found = gradient(masks.filter { $0.hasPrefix("classifier") })
      let first = network.parameters[0].name
      #expect(masks[first]?.keptCount != network.parameters[0].shape.count, "some are removed")
      for parameter in network.parameters {
        let (a, b) = (
          try #require(reference[parameter.name]), try #require(found[parameter.name])
        )
        let expected = GradientAngle(a, b, where: masks[parameter.name]).cosine
        let recorded = try context.value(.gradCosine, ["1", parameter.name], "cosine")
        #expect(abs(recorded - expected) < 1e-9, "\(parameter.name)")
      }
    }
  }
}
