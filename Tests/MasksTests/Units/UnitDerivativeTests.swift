import Autograd
import Masks
import NeuralNetworks
import Tensors
import Testing

/// Gradients of gates of every unit, through whole networks, against differences.
@Suite struct UnitDerivativeTests {
  private static let random = RandomSource(seed: 63)
  private static let step = 1e-5

  /// A network that has what the unit acts on, small.
  private func network(_ kind: MaskUnitKind) throws -> (SequentialNetwork<Double>, Tensor<Double>) {
    let (input, layers): (Shape, [LayerDescription]) =
      switch kind {
      case .filter:
        (
          [4, 4, 2],
          [
            .convolution("conv", outputs: 3, kernel: 3), .activation(.tanh),
            .globalAveragePooling(), .linear("out", outputs: 2),
          ]
        )
      case .lstmGate, .lstmCell:
        ([3, 4], [.lstm("rnn", units: 2), .lastStep(), .linear("out", outputs: 2)])
      case .head:
        ([3, 4], [.attention("attention", heads: 2), .meanOfSteps(), .linear("out", outputs: 2)])
      default:
        ([4], [.linear("hidden", outputs: 4), .activation(.tanh), .linear("out", outputs: 2)])
      }
    return (
      SequentialNetwork(try NetworkDescription(input: input, layers: layers), random: Self.random),
      Self.random.stream("x").uniform(input.prepending(4), in: -1...1)
    )
  }

  /// Of each group in turn, the norm of its gradient; the others are as they are.
  private func check(_ kind: MaskUnitKind, _ unit: (SequentialNetwork<Double>) -> any MaskUnit)
    throws
  {
    let (network, inputs) = try network(kind)
    let unit = unit(network)
    let groups = unit.groups(for: network.outline)
    let logits = groups.reduce(into: [String: Tensor<Double>]()) { logits, group in
      logits[group.name] = Tensor(repeating: 0.5, shape: group.shape)
    }
    func report(_ copied: [String: Tensor<Double>]) -> MaskStepReport {
      let trainer = MaskTrainer(
        masking: network.parameters, stage: "s",
        settings: .init(beta: 0, batch: 4, samples: 2, startLogit: 0.5, clip: 1e9),
        estimator: RelaxedEstimator(GumbelSigmoid()), unit: unit,
        frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]),
        random: Self.random, copying: copied)
      return trainer.step(0) { calls in
        calls.graph.crossEntropy(
          logits: network.forward(calls.graph.constant(inputs), in: calls.pass()),
          classes: [0, 1, 1, 0])
      }
    }
    for group in groups {
      var squares = 0.0
      for gate in 0..<group.shape.count {
        let losses = [Self.step, -Self.step].map { change in
          var changed = logits
          changed[group.name]?[flat: gate] += change
          return report(changed).loss
        }
        let slope = (losses[0] - losses[1]) / (2 * Self.step)
        squares += slope * slope
      }
      var others = logits
      others[group.name] = nil
      let norm = report(others).gradientNorm
      #expect(norm > 1e-8 && abs(norm - squares.squareRoot()) < 1e-9, "\(group.name)")
    }
  }

  @Test(arguments: MaskUnitKind.allCases)
  func `gradients are differences`(_ kind: MaskUnitKind) throws {
    try check(kind) { kind.unit(of: $0.outline, tile: (2, 2)) }
  }

  @Test(
    arguments: [(.row, .weight), (.lstmCell, .column), (.head, .weight), (.layer, .block)]
      as [(MaskUnitKind, MaskUnitKind)])
  func `gradients of two units are differences`(
    _ first: MaskUnitKind, _ second: MaskUnitKind
  ) throws {
    try check(first) { network in
      let units = [first, second].map { $0.unit(of: network.outline, tile: (2, 2)) }
      return ProductUnit(units[0], called: first.rawValue, and: units[1])
    }
  }
}
