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
  private let outputName: String

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
    self.init(
      LSTMClassifierDescription(inputs: inputs, units: units, layers: layers, outputs: outputs),
      name: name, random: random)
  }

  /// A new network.
  ///
  /// - Parameters:
  ///   - description: its sizes.
  ///   - name: the dotted name of the network within a larger one; usually empty.
  ///   - random: the run's randomness.
  public init(
    _ description: LSTMClassifierDescription, name: String = "", random: RandomSource
  ) {
    lstm = LSTM(
      description.stack, name: join(name, LSTMClassifierDescription.stackName),
      inputs: description.inputs, random: random)
    outputName = join(name, LSTMClassifierDescription.outputName)
    output = Linear(
      description.output, name: outputName, inputs: description.units, random: random)
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
    guard let first = inputs.first else { fatalError("no inputs to present") }
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
    let logits = pass.site(
      outputName,
      pass.outputs(of: output, hidden, layout: layout, rows: rows, groups: readings.groups))
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

/// The sizes of an ``LSTMClassifier``.
public struct LSTMClassifierDescription: Sendable, Hashable {
  /// I.
  public let inputs: Int
  /// H.
  public let units: Int
  /// Number of recurrent layers.
  public let layers: Int
  /// K.
  public let outputs: Int

  /// Sizes.
  public init(inputs: Int, units: Int, layers: Int, outputs: Int) {
    self.inputs = inputs
    self.units = units
    self.layers = layers
    self.outputs = outputs
  }

  static let stackName = "lstm"
  static let outputName = "output"

  var stack: LSTMDescription { LSTMDescription(units: units, layers: layers) }
  var output: LinearDescription { LinearDescription(outputs: outputs) }

  /// The network without its numbers.
  ///
  /// - Parameters:
  ///   - steps: number of steps of an example.
  ///   - inputs: how many different inputs are presented; each is multiplied once.
  ///   - readings: after how many steps the output is read.
  public func outline(steps: Int, inputs presented: Int = 1, readings: Int = 1) -> NetworkOutline {
    let end = LayerOutline(
      name: Self.outputName, kind: output.title, input: [units], output: [outputs],
      parameters: output.parameters(
        name: Self.outputName, inputs: units, uses: Double(readings)))
    return NetworkOutline(
      layers: [
        stack.outline(
          name: Self.stackName, inputs: inputs, steps: Double(steps),
          inputUses: Double(presented)), end,
      ], input: [inputs], output: [outputs], readsSteps: true)
  }
}
