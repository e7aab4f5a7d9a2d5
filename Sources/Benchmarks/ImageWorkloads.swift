import Autograd
import NeuralNetworks
import Tensors

extension Workload {
  /// CIFAR-10 with a convolutional network.
  static let images = [
    Workload(
      name: "cifar-cnn", summary: "CIFAR-10, four convolutions, 32-64-128-256 channels", batch: 128,
      makeTask: classRemoval)
  ]

  private static func classRemoval() -> WorkloadTask {
    let (batches, batch) = (4, 128)
    let network = SequentialNetwork<Float>(.convolutional(), random: RandomSource(seed: 0))
    let images: [Tensor<Float>] = (0..<batches).map {
      RandomSource(seed: 0).stream("bench/images/\($0)").uniform(
        [batch, 32, 32, 3], in: -1.7...1.7)
    }
    let classes = (0..<batches).map { SyntheticBatches.classes(batch, below: 10, $0) }
    var task = WorkloadTask(
      parameters: network.parameters, masked: network.parameters,
      loss: { step, graph, pass in
        graph.crossEntropy(
          logits: network.forward(graph.constant(images[step % batches]), in: pass(0)),
          classes: classes[step % batches])
      }, products: products(of: network.description.outline, batch: batch))
    task.maskLearningRate = 1e-3
    task.beta = 3e-4
    return task
  }

  /// The products of the convolutions and of the classifier.
  private static func products(of network: NetworkOutline, batch: Int) -> [ProductShape] {
    network.weighted.enumerated().map { index, layer in
      let weight = layer.parameters[0]
      return ProductShape(
        rows: Int(weight.uses) * batch / 4, inputs: weight.outline.shape.dropFirst().count,
        outputs: weight.outline.shape[0], count: 4, hasInputGradient: index > 0)
    }
  }
}
