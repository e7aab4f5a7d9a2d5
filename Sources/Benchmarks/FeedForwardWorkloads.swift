import Autograd
import NeuralNetworks
import Tensors

extension Workload {
  /// Addition/multiplication and double addition with feed-forward networks.
  static let feedForward = [
    Workload(
      name: "addmul-fnn-small", summary: "addition and multiplication, 42-400-400-200-20",
      batch: 128
    ) { additionMultiplication(hidden: [400, 400, 200]) },
    Workload(
      name: "addmul-fnn-medium", summary: "the same, 42-800-800-800-800-20", batch: 128
    ) { additionMultiplication(hidden: [800, 800, 800, 800]) },
    Workload(
      name: "addmul-fnn-big", summary: "the same, 42-2000-2000-2000-2000-20", batch: 128
    ) { additionMultiplication(hidden: [2000, 2000, 2000, 2000]) },
    Workload(
      name: "addmul-fnn-huge", summary: "the same, 42-4000-4000-4000-4000-20", batch: 128
    ) { additionMultiplication(hidden: [4000, 4000, 4000, 4000]) },
    Workload(
      name: "double-add-fnn-big",
      summary: "two additions, 80-2000-2000-2000-2000-40, a call per pair", batch: 128,
      makeTask: doubleAddition),
  ]

  private static let batches = 16
  private static let batch = 128

  private static func additionMultiplication(hidden: [Int]) -> WorkloadTask {
    let network = SequentialNetwork<Float>(
      .feedForward(sizes: [42] + hidden + [20]), random: RandomSource(seed: 0))
    let inputs = (0..<batches).map { SyntheticBatches.digits(batch, numbers: 4, operations: 2, $0) }
    let classes = (0..<batches).map { SyntheticBatches.classes(2 * batch, below: 10, $0) }
    return WorkloadTask(
      parameters: network.parameters, masked: network.parameters.filter { $0.role == .weight },
      loss: { step, graph, pass in
        let x = graph.constant(inputs[step % batches])
        let logits = network.forward(x, in: pass(0))
        return graph.crossEntropy(
          logits: graph.reshape(logits, to: [2 * batch, 10]), classes: classes[step % batches])
      }, products: ProductShape.layers(of: network.description.outline, rows: batch / 4, count: 4))
  }

  private static func doubleAddition() -> WorkloadTask {
    let network = SequentialNetwork<Float>(
      .feedForward(sizes: [80, 2000, 2000, 2000, 2000, 40]), random: RandomSource(seed: 0))
    let inputs = (0..<2 * batches).map {
      SyntheticBatches.digits(batch, numbers: 8, operations: 0, $0)
    }
    let classes = (0..<2 * batches).map { SyntheticBatches.classes(2 * batch, below: 10, $0) }
    var task = WorkloadTask(
      parameters: network.parameters, masked: network.parameters.filter { $0.role == .weight },
      loss: { step, graph, pass in
        // One call per pair, each with masks of its own; a pair's outputs are one half.
        let losses = (0..<2).map { pair in
          let place = (2 * step + pair) % (2 * batches)
          let outputs = network.forward(graph.constant(inputs[place]), in: pass(pair))
          let own = graph.slice(outputs, axis: 1, pair * 20..<pair * 20 + 20)
          return graph.crossEntropy(
            logits: graph.reshape(own, to: [2 * batch, 10]), classes: classes[place])
        }
        return graph.scale(graph.add(losses[0], losses[1]), by: 0.5)
      }, products: ProductShape.layers(of: network.description.outline, rows: batch / 4, count: 8))
    task.beta = 4e-4
    return task
  }
}

extension ProductShape {
  /// The products of a feed-forward network; the first layer's inputs need no gradient.
  static func layers(of network: NetworkOutline, rows: Int, count: Int) -> [ProductShape] {
    network.weighted.enumerated().map { index, layer in
      ProductShape(
        rows: rows, inputs: layer.input.count, outputs: layer.output.count, count: count,
        hasInputGradient: index > 0)
    }
  }
}
