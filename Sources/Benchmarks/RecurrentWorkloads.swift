import Autograd
import NeuralNetworks
import Tensors

extension Workload {
  /// Addition/multiplication and double addition with LSTM layers.
  static let recurrent = [
    Workload(
      name: "addmul-lstm", summary: "addition and multiplication, LSTM 2×256, 3 steps", batch: 128
    ) { digits(numbers: 4, operations: 2, steps: 3, outputs: 2) },
    Workload(
      name: "double-add-lstm", summary: "two additions, LSTM 2×256, 6 steps", batch: 128
    ) { digits(numbers: 8, operations: 0, steps: 6, outputs: 4) },
  ]

  private static let units = 256

  /// One-hot digits that are presented at every step and answered with digits after the last one.
  private static func digits(
    numbers: Int, operations: Int, steps: Int, outputs: Int
  ) -> WorkloadTask {
    let (batches, batch) = (16, 128)
    let inputs = 10 * numbers + operations
    let network = LSTMClassifier<Float>(
      inputs: inputs, units: units, layers: 2, outputs: 10 * outputs, random: RandomSource(seed: 0))
    let x = (0..<batches).map {
      SyntheticBatches.digits(batch, numbers: numbers, operations: operations, $0)
    }
    let classes = (0..<batches).map { SyntheticBatches.classes(outputs * batch, below: 10, $0) }
    func product(
      _ inputs: Int, _ outputs: Int, rows: Int = batch / 4, steps: Int = 1, hasGradient: Bool = true
    ) -> ProductShape {
      ProductShape(
        rows: rows, inputs: inputs, outputs: outputs, count: 4, hasInputGradient: hasGradient,
        steps: steps)
    }
    return WorkloadTask(
      parameters: network.parameters, masked: network.parameters.filter { $0.role == .weight },
      loss: { step, graph, pass in
        let logits = network.forward(
          [graph.constant(x[step % batches])], repeats: steps, in: pass(0))[0]
        return graph.crossEntropy(
          logits: graph.reshape(logits, to: [outputs * batch, 10]),
          classes: classes[step % batches])
      },
      products: [
        product(inputs, 4 * units, hasGradient: false),  // the same input at all steps
        product(units, 4 * units, steps: steps),
        product(units, 4 * units, rows: batch / 4 * steps),  // all steps' inputs are known at once
        product(units, 4 * units, steps: steps), product(units, 10 * outputs),
      ])
  }
}
