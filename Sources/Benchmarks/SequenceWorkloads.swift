import Autograd
import Foundation
import NeuralNetworks
import Tensors

extension Workload {
  /// SCAN with an LSTM encoder and decoder, and with a Transformer.
  static let sequences = [
    Workload(
      name: "scan-lstm",
      summary: "SCAN, LSTM encoder and decoder 2×200, half self-fed",
      batch: 128, makeTask: scanLSTM),
    Workload(
      name: "scan-transformer", summary: "SCAN, Transformer 3+3 layers of width 100", batch: 128,
      makeTask: scanTransformer),
  ]

  private static let scanBatches = (0..<8).map { SyntheticBatches.commands(128, $0) }

  private static func scanLSTM() -> WorkloadTask {
    let network = EncoderDecoderLSTM<Float>(
      .init(inputTokens: 13, outputTokens: 6), random: RandomSource(seed: 0))
    var task = WorkloadTask(
      parameters: network.parameters, masked: network.parameters.filter { $0.role == .weight },
      loss: { step, _, pass in
        network.loss(
          of: scanBatches[step % scanBatches.count],
          feeding: step.isMultiple(of: 2) ? .own : .reference, in: pass(0))
      },
      products: lstmProducts(tokens: scanBatches[0].inputs, samples: 4)
        + lstmProducts(tokens: scanBatches[0].outputs, samples: 4)
        + [
          ProductShape(
            rows: rows(scanBatches[0].outputs) / 4, inputs: 200, outputs: 7, count: 4,
            hasInputGradient: true)
        ])
    task.beta = 3e-5
    task.clip = 5
    task.alternates = true
    return task
  }

  /// Tokens of a batch, end marks included.
  private static func rows(_ tokens: [[Int]]) -> Int { tokens.reduce(0) { $0 + $1.count + 1 } }

  /// The products of two LSTM layers of 200 units on token vectors of width 16, with the mean number
  /// of rows that are active at a step.
  private static func lstmProducts(tokens: [[Int]], samples: Int) -> [ProductShape] {
    let all = rows(tokens) / samples
    let steps = (tokens.map(\.count).max() ?? 0) + 1
    let recurrent = ProductShape(
      rows: max(1, all / steps), inputs: 200, outputs: 800, count: samples, hasInputGradient: true,
      steps: steps)
    return [
      ProductShape(rows: all, inputs: 16, outputs: 800, count: samples, hasInputGradient: false),
      recurrent,
      ProductShape(rows: all, inputs: 200, outputs: 800, count: samples, hasInputGradient: true),
      recurrent,
    ]
  }

  private static func scanTransformer() -> WorkloadTask {
    let network = EncoderDecoderTransformer<Float>(
      .init(inputTokens: 13, outputTokens: 6), random: RandomSource(seed: 0))
    var task = WorkloadTask(
      parameters: network.parameters,
      masked: network.parameters.filter { [.weight, .normScale, .normShift].contains($0.role) },
      loss: { step, _, pass in
        network.loss(of: scanBatches[step % scanBatches.count], in: pass(0))
      }, products: [])
    task.beta = 6e-4
    task.clip = 5
    return task
  }
}

extension SyntheticBatches {
  /// Random commands and actions with a mixture of lengths like that of SCAN: commands of 1 to 9
  /// words, actions of 1 to 48, 15 in the mean; the longest of each occur in every batch.
  static func commands(_ batch: Int, _ index: Int) -> SequencePairs {
    let stream = RandomSource(seed: 0).stream("bench/commands/\(index)")
    let uniform: Tensor<Double> = stream.uniform([batch], step: 0)
    let inputLengths = stream.integers(batch, below: 9, step: 1).map { $0 + 1 }
    func sequence(_ length: Int, below limit: Int, _ step: Int) -> [Int] {
      stream.integers(length, below: limit, step: step)
    }
    return SequencePairs(
      inputs: (0..<batch).map { element in
        sequence(element == 0 ? 9 : inputLengths[element], below: 13, 2 + 2 * element)
      },
      outputs: (0..<batch).map { element in
        let length = element == 0 ? 48 : Int(pow(uniform[element], 2.3) * 48) + 1
        return sequence(length, below: 6, 3 + 2 * element)
      })
  }
}
