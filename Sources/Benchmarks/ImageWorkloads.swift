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
    let network = ConvolutionalNetwork<Float>(random: RandomSource(seed: 0))
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
      }, products: convolutions(batch: batch, side: 32, network))
    task.maskLearningRate = 1e-3
    task.beta = 3e-4
    return task
  }

  /// The products of the convolutions, each on half the side of the one before, and of the
  /// classifier.
  private static func convolutions(
    batch: Int, side: Int, _ network: ConvolutionalNetwork<Float>
  ) -> [ProductShape] {
    network.convolutions.enumerated().map { index, layer in
      let shape = layer.weight.shape
      let rows = (side >> index) * (side >> index)
      return ProductShape(
        rows: rows * batch / 4, inputs: shape.dropFirst().count, outputs: shape[0], count: 4,
        hasInputGradient: index > 0)
    } + [ProductShape(rows: batch / 4, inputs: 256, outputs: 10, count: 4, hasInputGradient: true)]
  }
}
