import Autograd
import Tensors

/// Layers of long short-term memory that see each input for several steps and are read out at some
/// of them.
///
/// Shapes: inputs B×I each → for every step read B×K.
/// Parameters: those of `lstm`, then `output.weight` K×H and `output.bias` K.
public struct LSTMClassifier<Scalar: TensorScalar>: ParameterContainer {
  /// The recurrent layers.
  public let lstm: LSTM<Scalar>
  /// From the state to the classes.
  public let output: Linear<Scalar>

  /// A new network.
  ///
  /// - Parameters:
  ///   - inputs: I.
  ///   - units: H.
  ///   - layers: number of recurrent layers.
  ///   - outputs: K.
  ///   - name: the dotted name of the network within a larger one; usually empty.
  ///   - random: the run's randomness.
  public init(
    inputs: Int, units: Int, layers: Int, outputs: Int, name: String = "", random: RandomSource
  ) {
    lstm = LSTM(
      name: join(name, "lstm"), inputs: inputs, units: units, layers: layers, random: random)
    output = Linear(
      name: join(name, "output"), inputs: units, outputs: outputs, random: random)
  }

  /// Those of the recurrent layers, then those of the output.
  public var parameters: [Parameter<Scalar>] { lstm.parameters + output.parameters }

  /// Presents inputs one after the other, each for `repeats` steps, and reads the outputs.
  ///
  /// - Parameters:
  ///   - inputs: B×I each, all of one batch.
  ///   - repeats: the number of steps that each input is seen.
  ///   - steps: the steps after which the output is read, counted from 0; the last one when nil.
  ///   - pass: the circumstances.
  /// - Returns: B×K for every step read.
  public func forward(
    _ inputs: [Value<Scalar>], repeats: Int, readingAt steps: [Int]? = nil,
    in pass: ForwardPass<Scalar>
  ) -> [Value<Scalar>] {
    guard let first = inputs.first else { preconditionFailure("no inputs to present") }
    let (graph, batch) = (pass.graph, first.shape[0])
    let length = inputs.count * repeats
    let layout = SequenceLayout(
      batch: batch, length: length, samples: pass.samples, packing: .byStep)
    let x = packed(inputs, samples: pass.samples, on: graph)
    let hidden = lstm.forward(x, layout: layout, repeats: repeats, in: pass).hidden

    // All that is read goes through the output layer at once.
    let steps = steps ?? [length - 1]
    let readings = SequenceLayout(
      batch: batch, length: steps.count, samples: pass.samples, packing: .byStep)
    let rows = readings.pack(
      (0..<batch).map { element in steps.map { layout.row(of: element, step: $0) } })
    let logits = pass.linear(
      graph.gather(hidden, rows: rows), weight: output.weight, bias: output.bias,
      groups: readings.groups)
    guard steps.count > 1 else { return [logits] }
    return steps.indices.map { graph.gather(logits, rows: readings.rows(ofStep: $0)) }
  }

  /// The inputs as rows packed by step.
  private func packed(
    _ inputs: [Value<Scalar>], samples: Int, on graph: Graph<Scalar>
  ) -> Value<Scalar> {
    guard inputs.count > 1 else { return inputs[0] }
    let joined = graph.concatenate(inputs, axis: 0)
    guard samples > 1 else { return joined }
    let batch = inputs[0].shape[0]
    let layout = SequenceLayout(
      batch: batch, length: inputs.count, samples: samples, packing: .byStep)
    let rows = layout.pack(
      (0..<batch).map { element in inputs.indices.map { $0 * batch + element } })
    return graph.gather(joined, rows: rows)
  }
}

extension LSTMClassifier {
  /// The parameters that ``init(inputs:units:layers:outputs:name:random:)`` would make, in the same
  /// order.
  public static func outline(
    inputs: Int, units: Int, layers: Int, outputs: Int, name: String = ""
  ) -> [ParameterOutline] {
    LSTM<Scalar>.outline(name: join(name, "lstm"), inputs: inputs, units: units, layers: layers)
      + Linear<Scalar>.outline(name: join(name, "output"), inputs: units, outputs: outputs)
  }
}
