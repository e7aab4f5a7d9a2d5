import Autograd
import Tensors

/// Long short-term memory for two independent problems in one input, presented together or one
/// after the other.
///
/// Shapes: x B×2I, the inputs of part 1 and part 2 → for each part B×K.
/// Parameters: those of ``LSTMClassifier``.
/// Reference: the six ways of double addition of Csordás et al., Are neural nets modular?
/// (ICLR 2021); `together` and `only-one-io` are those of the paper.
public struct TwoPartLSTM<Scalar: TensorScalar>: ParameterContainer {
  /// How the two parts are presented and read.
  public enum Presentation: String, Sendable, Hashable, CaseIterable {
    /// Both inputs all the time; both outputs after the last step.
    case together
    /// One input after the other at inputs of their own; each output, of units of its own, after
    /// its input.
    case onlyOneIO = "only-one-io"
    /// One input after the other at inputs of their own; both outputs after the last step.
    case onlyOne = "only-one"
    /// One input after the other at the same inputs; both outputs after the last step.
    case sameInput = "same-input"
    /// Both inputs all the time; the same output units after half of the steps and after all.
    case sameOutput = "same-output"
    /// One input after the other at the same inputs, the same output units after each.
    case sameIO = "same-io"

    /// Whether both parts are seen all the time.
    public var showsBoth: Bool { self == .together || self == .sameOutput }
    /// Whether both parts use the same inputs.
    var sharesInput: Bool { self == .sameInput || self == .sameIO }
    /// Whether both parts use the same outputs.
    var sharesOutput: Bool { self == .sameOutput || self == .sameIO }
    /// Inputs of the network for parts of so many inputs.
    func inputs(ofPart inputs: Int) -> Int { sharesInput ? inputs : 2 * inputs }
    /// Outputs of the network for parts of so many outputs.
    func outputs(ofPart outputs: Int) -> Int { sharesOutput ? outputs : 2 * outputs }
    /// Whether the first part is read before the end.
    public var readsTwice: Bool { sharesOutput || self == .onlyOneIO }
  }

  /// How the two parts are presented and read.
  public let presentation: Presentation
  /// The number of steps for each part.
  public let repeats: Int
  /// The network.
  public let classifier: LSTMClassifier<Scalar>
  private let inputs: Int
  private let outputs: Int

  /// A new network.
  ///
  /// - Parameters:
  ///   - presentation: how the two parts are presented and read.
  ///   - inputs: I, of one part.
  ///   - units: H.
  ///   - layers: number of recurrent layers.
  ///   - outputs: K, of one part.
  ///   - repeats: the number of steps for each part.
  ///   - random: the run's randomness.
  public init(
    _ presentation: Presentation, inputs: Int, units: Int, layers: Int, outputs: Int,
    repeats: Int = 3, random: RandomSource
  ) {
    self.presentation = presentation
    self.repeats = repeats
    self.inputs = inputs
    self.outputs = outputs
    classifier = LSTMClassifier(
      presentation.classifier(inputs: inputs, units: units, layers: layers, outputs: outputs),
      random: random)
  }

  /// Those of the recurrent layers, then those of the output.
  public var parameters: [Parameter<Scalar>] { classifier.parameters }

  /// The outputs for part 1 and part 2. The state is not reset between the parts.
  public func forward(
    _ x: Value<Scalar>, in pass: ForwardPass<Scalar>
  ) -> [Value<Scalar>] {
    require(
      x.shape.rank == 2 && x.shape[1] == 2 * inputs,
      "two parts of \(inputs) inputs for a value \(x.shape)")
    let middle = repeats - 1
    let end = 2 * repeats - 1
    let read = classifier.forward(
      presented(x, on: pass.graph), repeats: presentation.showsBoth ? 2 * repeats : repeats,
      readingAt: presentation.readsTwice ? [middle, end] : [end], in: pass)
    if presentation.sharesOutput { return read }
    return [0, 1].map { part in
      pass.graph.slice(
        read[presentation.readsTwice ? part : 0], axis: 1, part * outputs..<(part + 1) * outputs)
    }
  }

  /// What the network sees, one value after the other.
  private func presented(_ x: Value<Scalar>, on graph: Graph<Scalar>) -> [Value<Scalar>] {
    if presentation.showsBoth { return [x] }
    let parts = [0, 1].map { graph.slice(x, axis: 1, $0 * inputs..<($0 + 1) * inputs) }
    if presentation.sharesInput { return parts }
    let nothing = graph.constant(Tensor<Scalar>(zeros: [x.shape[0], inputs]))
    return [
      graph.concatenate([parts[0], nothing], axis: 1),
      graph.concatenate([nothing, parts[1]], axis: 1),
    ]
  }
}

extension TwoPartLSTM.Presentation {
  /// The classifier for parts of so many inputs and outputs.
  func classifier(
    inputs: Int, units: Int, layers: Int, outputs: Int
  ) -> LSTMClassifierDescription {
    LSTMClassifierDescription(
      inputs: self.inputs(ofPart: inputs), units: units, layers: layers,
      outputs: self.outputs(ofPart: outputs))
  }

  /// The network of ``TwoPartLSTM`` without its numbers. Inputs of the first layer that stay the
  /// same are multiplied once; the output is read once or twice.
  public func outline(
    inputs: Int, units: Int, layers: Int, outputs: Int, repeats: Int
  ) -> NetworkOutline {
    let classifier = classifier(inputs: inputs, units: units, layers: layers, outputs: outputs)
      .outline(
        steps: 2 * repeats, inputs: showsBoth ? 1 : 2, readings: readsTwice ? 2 : 1)
    return NetworkOutline(
      layers: classifier.layers, input: [2 * inputs], output: [2 * outputs], readsSteps: true)
  }
}
