import Autograd
import Masks
import NeuralNetworks
import Tensors
import Testing

/// Which weights the gates of units act on, and what a network computes without them.
@Suite struct StructuredUnitTests {
  private static let random = RandomSource(seed: 61)

  private static func outline(
    _ name: String, _ role: ParameterRole, _ shape: Shape
  ) -> ParameterOutline {
    ParameterOutline(name: name, role: role, shape: shape)
  }

  /// Members of every group by its name.
  private func members(
    _ unit: any MaskUnit, _ parameters: [ParameterOutline]
  ) -> [String: [String]] {
    unit.groups(for: parameters).reduce(into: [:]) { $0[$1.name] = $1.members.map(\.parameter) }
  }

  // MARK: What belongs together

  @Test func `an output has weights, bias and the normalisation after its convolution`() {
    let network = [
      Self.outline("stem.convolution.weight", .weight, [4, 3, 3, 3]),
      Self.outline("stem.norm.weight", .normScale, [4]),
      Self.outline("stem.norm.bias", .normShift, [4]),
      Self.outline("blocks.0.norm.weight", .normScale, [4]),
      Self.outline("blocks.0.norm.bias", .normShift, [4]),
      Self.outline("linear.weight", .weight, [4, 4]), Self.outline("linear.bias", .bias, [4]),
      Self.outline("norm.weight", .normScale, [4]), Self.outline("norm.bias", .normShift, [4]),
      Self.outline("other.bias", .bias, [4]),
    ]
    let rows = LayerOutputs(.output, of: network)
    #expect(
      members(rows, network) == [
        "stem.convolution.weight": [
          "stem.convolution.weight", "stem.norm.weight", "stem.norm.bias",
        ],
        "blocks.0.norm.weight": ["blocks.0.norm.weight", "blocks.0.norm.bias"],
        "linear.weight": ["linear.weight", "linear.bias"],
        "norm.weight": ["norm.weight", "norm.bias"], "other.bias": ["other.bias"],
      ])
    #expect(
      rows.companions(of: ["stem.convolution.weight"]) == ["stem.norm.weight", "stem.norm.bias"])
    #expect(rows.companions(of: ["linear.bias", "norm.weight"]).isEmpty)
    #expect(WeightColumns().companions(of: ["linear.weight"]).isEmpty)
    let weights = network.filter { $0.role == .weight }
    #expect(members(rows, weights).values.allSatisfy { $0.count == 1 }, "only what is masked")
    #expect(MaskUnitKind.filter.missingLayer(in: network) == nil)
    #expect(MaskUnitKind.filter.missingLayer(in: Array(network[5...])) != nil)
    #expect(MaskUnitKind.lstmCell.missingLayer(in: network) != nil)
  }

  @Test func `gates of recurrent layers act on both weights and the bias`() throws {
    let network = ["l0", "l1"].flatMap { layer in
      [
        Self.outline("rnn.weight_ih_\(layer)", .weight, [8, 3]),
        Self.outline("rnn.weight_hh_\(layer)", .weight, [8, 2]),
        Self.outline("rnn.bias_ih_\(layer)", .bias, [8]),
      ]
    }
    for (grain, gates) in [(LayerOutputs.Grain.output, 8), (.cell, 2), (.layer, 1)] {
      let groups = LayerOutputs(grain, of: network).groups(for: network)
      #expect(groups.map(\.name) == ["rnn.weight_ih_l0", "rnn.weight_ih_l1"])
      #expect(groups.allSatisfy { $0.shape == [gates] && $0.members.count == 3 })
      #expect(
        groups[0].members[2].spread == .table((0..<8).map { UInt32($0 % gates) }), "rows i, f, g, o"
      )
    }
    #expect(MaskUnitKind.lstmGate.missingLayer(in: network) == nil)
  }

  @Test func `columns and tiles`() {
    let kernel = Self.outline("k", .weight, [2, 2, 2])
    let columns = WeightColumns().groups(for: [kernel, Self.outline("b", .bias, [3])])
    #expect(columns[0].members[0].spread == .table([0, 0, 1, 1, 0, 0, 1, 1]))
    #expect(columns[1].members[0].spread == .each && columns[1].shape == [3])
    let tiles = WeightTiles(rows: 2, columns: 3)
    let matrix = Self.outline("w", .weight, [4, 6])
    #expect(tiles.fits(matrix) && tiles.fits(Self.outline("b", .bias, [3])))
    #expect(!tiles.fits(Self.outline("w", .weight, [3, 6])))
    #expect(!tiles.fits(Self.outline("w", .weight, [4, 5])))
    #expect(WeightTiles(rows: 2, columns: 4).fits(kernel), "2×(2·2)")
    let group = tiles.groups(for: [matrix])[0]
    #expect(group.shape == [2, 2])
    #expect(
      group.members[0].spread
        == .table([
          0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 2, 2, 2, 3, 3, 3,
        ]))
  }

  // MARK: What a network computes

  /// The loss under gates that are open but for some.
  private func loss(
    _ network: SequentialNetwork<Double>, _ inputs: Tensor<Double>, _ unit: any MaskUnit,
    shut: [String: Set<Int>]
  ) -> Double {
    let copied = unit.groups(for: network.outline).reduce(into: [String: Tensor<Double>]()) {
      copied, group in
      let shut = shut[group.name] ?? []
      copied[group.name] = Tensor(
        (0..<group.shape.count).map { shut.contains($0) ? -80 : 80 }, shape: group.shape)
    }
    let trainer = MaskTrainer(
      masking: network.parameters, stage: "s", settings: .init(beta: 0, batch: 4, samples: 2),
      unit: unit, frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]),
      random: Self.random, copying: copied)
    return trainer.step(0) { loss(network, inputs, in: $0.pass()) }.loss
  }

  private func loss(
    _ network: SequentialNetwork<Double>, _ inputs: Tensor<Double>, in pass: ForwardPass<Double>
  ) -> Value<Double> {
    pass.graph.crossEntropy(
      logits: network.forward(pass.graph.constant(inputs), in: pass), classes: [0, 1, 1, 0])
  }

  /// The loss without masks.
  private func loss(_ network: SequentialNetwork<Double>, _ inputs: Tensor<Double>) -> Double {
    let graph = Graph<Double>()
    return loss(network, inputs, in: ForwardPass(graph: graph, source: FrozenParameters()))
      .tensor.item
  }

  /// Sets a column of a weight to 0: what reads an input no longer does.
  private func clear(
    column: Int, of name: String, in network: SequentialNetwork<Double>
  ) throws {
    let weight = try #require(network.parameter(named: name))
    for row in 0..<weight.shape[0] { weight.value[row, column] = 0 }
  }

  private let vectors: Tensor<Double> = Self.random.stream("x").uniform([4, 5], in: -1...1)

  private func feedForward() -> SequentialNetwork<Double> {
    let network = SequentialNetwork<Double>(
      .feedForward(sizes: [5, 6, 2]), random: Self.random)
    for parameter in network.parameters where parameter.role == .bias {
      parameter.value = Self.random.stream(parameter.name).uniform(parameter.shape, in: 0.5...1)
    }
    return network
  }

  @Test func `open gates are no masks`() {
    let network = feedForward()
    for kind in MaskUnitKind.allCases {
      let unit = kind.unit(of: network.outline, tile: (2, 1))
      #expect(abs(loss(network, vectors, unit, shut: [:]) - loss(network, vectors)) < 1e-12)
    }
  }

  /// Nothing reads a unit whose row is removed, although its bias is not 0.
  @Test func `a removed row is an activation of zero`() throws {
    let network = feedForward()
    let masked = loss(
      network, vectors, LayerOutputs(.output, of: network.outline),
      shut: ["layers.0.weight": [1, 4]])
    #expect(abs(masked - loss(network, vectors)) > 1e-3)
    try clear(column: 1, of: "layers.1.weight", in: network)
    try clear(column: 4, of: "layers.1.weight", in: network)
    #expect(abs(masked - loss(network, vectors)) < 1e-12)
  }

  @Test func `a removed column is an input of zero`() {
    let network = feedForward()
    let masked = loss(network, vectors, WeightColumns(), shut: ["layers.0.weight": [2]])
    var inputs = vectors
    for row in 0..<4 { inputs[row, 2] = 0 }
    #expect(abs(masked - loss(network, vectors)) > 1e-4)
    #expect(abs(masked - loss(network, inputs)) < 1e-12)
  }

  /// Its state stays 0, so that neither the cell itself nor the output reads anything.
  @Test func `a removed cell is a state of zero`() throws {
    let network = SequentialNetwork<Double>(
      try NetworkDescription(
        input: [3, 5],
        layers: [.lstm("rnn", units: 4), .lastStep(), .linear("out", outputs: 2)]),
      random: Self.random)
    let inputs: Tensor<Double> = Self.random.stream("steps").uniform([4, 3, 5], in: -1...1)
    let cells = LayerOutputs(.cell, of: network.outline)
    let masked = loss(network, inputs, cells, shut: ["rnn.weight_ih_l0": [2]])
    #expect(abs(masked - loss(network, inputs)) > 1e-4)
    // Of the gate rows, those of g alone shut the cell as well.
    let rows = LayerOutputs(.output, of: network.outline)
    let withoutG = loss(network, inputs, rows, shut: ["rnn.weight_ih_l0": [2 * 4 + 2]])
    let all = loss(network, inputs, rows, shut: ["rnn.weight_ih_l0": [2, 6, 10, 14]])
    try clear(column: 2, of: "rnn.weight_hh_l0", in: network)
    try clear(column: 2, of: "out.weight", in: network)
    for loss in [withoutG, all, masked] {
      #expect(abs(loss - self.loss(network, inputs)) < 1e-12)
    }
  }

  // MARK: Results

  @Test func `finished masks of rows consist of whole rows`() throws {
    let network = feedForward()
    let rows = LayerOutputs(.output, of: network.outline)
    let logits = Tensor<Double>([1, -2, 3, 4, -5, 6], shape: [6])
    let trainer = MaskTrainer(
      masking: network.parameters, stage: "s", settings: .init(beta: 0, batch: 4),
      unit: rows, frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]),
      random: Self.random, copying: ["layers.0.weight": logits])
    let gates = try #require(trainer.keptGates)
    #expect(gates.names == ["layers.0.weight", "layers.1.weight"])
    #expect(try #require(gates["layers.0.weight"]).bits == [1, 0, 1, 1, 0, 1])
    #expect(try #require(trainer.masks["layers.0.bias"]).bits == [1, 0, 1, 1, 0, 1])
    #expect(try #require(trainer.masks["layers.0.weight"]).keptCount == 20)
    #expect(try #require(trainer.weightLogits["layers.0.bias"]) == logits)
    let spread = try #require(trainer.weightLogits["layers.0.weight"])
    #expect(spread.shape == [6, 5] && spread[4, 3] == -5)
    let single = MaskTrainer(
      masking: network.parameters, stage: "s", settings: .init(beta: 0, batch: 4),
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]), random: Self.random)
    #expect(single.keptGates == nil && single.weightLogits == single.logitTensors)
  }
}
