import Autograd
import Masks
import NeuralNetworks
import Tensors
import Testing

/// Gates of heads of attention: what they act on, and what a network computes without some.
@Suite struct AttentionHeadsTests {
  private static let random = RandomSource(seed: 62)
  private let width = 6
  private let heads = 3
  private let inputs: Tensor<Double> = Self.random.stream("x").uniform([4, 5, 6], in: -1...1)

  private func network() throws -> SequentialNetwork<Double> {
    SequentialNetwork(
      try NetworkDescription(
        input: [5, width],
        layers: [
          .attention("attention", heads: heads), .meanOfSteps(), .linear("out", outputs: 2),
        ]), random: Self.random)
  }

  private func loss(
    _ network: SequentialNetwork<Double>, in pass: ForwardPass<Double>
  ) -> Value<Double> {
    pass.graph.crossEntropy(
      logits: network.forward(pass.graph.constant(inputs), in: pass), classes: [0, 1, 1, 0])
  }

  @Test func `heads are rows of queries, keys and values, and columns of what follows`() throws {
    let groups = AttentionHeads(of: try network().outline).groups(for: try network().outline)
    #expect(groups.map(\.name) == ["attention.query.weight", "out.weight"])
    #expect(groups.map(\.shape) == [[3], [2]], "three heads, two outputs")
    let members = groups[0].members
    #expect(
      members.map(\.parameter) == [
        "attention.query.weight", "attention.key_value.weight", "attention.merge.weight",
      ])
    let rows: [UInt32] = [0, 0, 1, 1, 2, 2]
    #expect(members[0].spread == .table(rows.flatMap { [UInt32](repeating: $0, count: 6) }))
    #expect(
      members[1].spread == .table((rows + rows).flatMap { [UInt32](repeating: $0, count: 6) }))
    #expect(members[2].spread == .table((0..<6).flatMap { _ in rows }))
    #expect(groups[1].members.map(\.parameter) == ["out.weight", "out.bias"])
  }

  @Test func `a description and a network have the same heads`() throws {
    let settings = EncoderDecoderTransformer<Float>.Settings(
      inputTokens: 4, outputTokens: 3, width: 8, heads: 2, hidden: 5, encoderLayers: 1,
      decoderLayers: 1)
    let network = EncoderDecoderTransformer<Float>(settings, random: Self.random)
    let outline = settings.outline(inputLength: 4, outputLength: 5).parameters
    #expect(network.outline == outline)
    let groups = AttentionHeads(of: outline).groups(for: outline)
    let attentions = groups.filter { $0.name.hasSuffix("query.weight") }
    #expect(
      attentions.map(\.name) == [
        "encoder.layers.0.self_attn.query.weight", "decoder.layers.0.self_attn.query.weight",
        "decoder.layers.0.multihead_attn.query.weight",
      ])
    #expect(attentions.allSatisfy { $0.shape == [2] && $0.members.count == 3 })
    #expect(Set(groups.flatMap(\.members).map(\.parameter)) == Set(outline.map(\.name)))
    #expect(MaskUnitKind.head.missingLayer(in: outline) == nil)
    #expect(
      MaskUnitKind.head.missingLayer(
        in: NetworkDescription.feedForward(sizes: [2, 2]).outline.parameters) != nil)
  }

  /// Nothing of it reaches the answer, which is what clearing its columns in the last projection does.
  @Test(arguments: 0..<3) func `a removed head adds nothing to the answer`(head: Int) throws {
    let network = try network()
    let unit = AttentionHeads(of: network.outline)
    var gates = Tensor<Double>(repeating: 80, shape: [heads])
    gates[head] = -80
    let trainer = MaskTrainer(
      masking: network.parameters, stage: "s", settings: .init(beta: 0, batch: 4, samples: 2),
      unit: unit, frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]),
      random: Self.random,
      copying: [
        "attention.query.weight": gates, "out.weight": Tensor(repeating: 80, shape: [2]),
      ])
    let masked = trainer.step(0) { loss(network, in: $0.pass()) }.loss
    let kept = try #require(trainer.masks["attention.key_value.weight"])
    #expect(kept.keptCount == 2 * (heads - 1) * (width / heads) * width)
    func plain() -> Double {
      loss(network, in: ForwardPass(graph: Graph(), source: FrozenParameters())).tensor.item
    }
    #expect(abs(masked - plain()) > 1e-4)
    let merge = try #require(network.parameter(named: "attention.merge.weight"))
    for row in 0..<width {
      for column in 2 * head..<2 * head + 2 { merge.value[row, column] = 0 }
    }
    #expect(abs(masked - plain()) < 1e-12)
  }
}
