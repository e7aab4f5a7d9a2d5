import Autograd
import Masks
import NetworkFiles
import NeuralNetworks
import Store
import Tensors
import TestSupport
import Testing

/// Where the heads of attention lie in networks that PyTorch has exported.
@Suite struct ImportedHeadsTests {
  private func network(_ name: String) throws -> ImportedNetwork {
    try ImportedNetwork(program: "\(ImportFixtures.programs)/\(name).pt2")
  }

  /// The projections of every attention, with their heads, axes and parts.
  private func heads(_ name: String) throws -> [String] {
    try network(name).description.outline.parameters.compactMap { parameter in
      parameter.heads.map { "\(parameter.name) \($0.heads) \($0.axis) \($0.parts)" }
    }
  }

  @Test("projections of their own, one above the other, and those of nn.MultiheadAttention")
  func places() throws {
    #expect(
      try heads("attention") == [
        "q.weight 2 0 1", "q.bias 2 0 1", "k.weight 2 0 1", "k.bias 2 0 1", "v.weight 2 0 1",
        "v.bias 2 0 1", "proj.weight 2 1 1",
      ])
    #expect(
      try heads("attention-packed") == ["qkv.weight 2 0 3", "qkv.bias 2 0 3", "proj.weight 2 1 1"])
    let layer = "self_attn."
    let packed = [
      "in_proj_weight 2 0 3", "in_proj_bias 2 0 3", "out_proj.weight 2 1 1",
    ]
    for name in ["encoder", "encoder-norm-first"] {
      #expect(
        try heads(name)
          == (0..<2).flatMap { number in
            packed.map { "enc.layers.\(number).\(layer)\($0)" }
          })
    }
    #expect(
      try heads("patches") == packed.map { "block.\(layer)\($0)".replacing(" 2 ", with: " 4 ") })
    #expect(try heads("mlp") == [])
  }

  /// Clearing what the projection after the heads reads of one must do the same.
  @Test(
    "a removed head adds nothing to the answer",
    arguments: [
      ("attention", "q.weight", "proj.weight", 8),
      ("attention-packed", "qkv.weight", "proj.weight", 8),
      (
        "encoder", "enc.layers.1.self_attn.in_proj_weight",
        "enc.layers.1.self_attn.out_proj.weight", 8
      ),
    ])
  func removal(name: String, group: String, merge: String, width: Int) throws {
    let imported = try network(name)
    let stored = try #require(ImportFixtures.outputs(name)["inputs"])
    let inputs =
      stored.float32 ?? Tensor((stored.int64 ?? []).map(Float.init), shape: stored.shape)
    let network = imported.makeNetwork(Double.self)
    let outline = imported.description.outline.parameters
    let unit = AttentionHeads(of: outline)
    // Weights are chosen, biases of queries, keys and values come along.
    let weights = Set(outline.filter { $0.role == .weight }.map(\.name))
    let chosen = weights.union(unit.companions(of: weights))
    let found = try #require(
      unit.groups(for: outline.filter { chosen.contains($0.name) }).first { $0.name == group })
    #expect(found.shape == [2])
    #expect(found.members.contains { $0.parameter.hasSuffix("bias") })
    #expect(!found.members.contains { $0.parameter == merge.replacing("weight", with: "bias") })

    func output(_ masks: MaskSet) -> Tensor<Double> {
      let graph = Graph<Double>()
      let pass = ForwardPass(
        graph: graph, source: MaskedParameters(network.parameters, masks: masks))
      let x = imported.input.arranged(inputs).converted(to: Double.self)
      return network.forward(graph.constant(x), in: pass).tensor
    }
    let whole = output(MaskSet([:]))
    for head in 0..<2 {
      let gated = MaskSet(
        Dictionary(
          uniqueKeysWithValues: try found.members.map { member in
            let shape = try #require(outline.first { $0.name == member.parameter }).shape
            guard case .table(let gates) = member.spread else { fatalError("no table") }
            let bits = gates.map { UInt8(Int($0) == head ? 0 : 1) }
            return (member.parameter, BinaryMask(bits: bits, shape: shape))
          }))
      let columns = (0..<width * width).map { UInt8($0 % width / (width / 2) == head ? 0 : 1) }
      let cleared = MaskSet([merge: BinaryMask(bits: columns, shape: [width, width])])
      let (a, b) = (output(gated).scalars, output(cleared).scalars)
      for (x, y) in zip(a, b) { #expect(abs(x - y) < 1e-12) }
      #expect(zip(a, whole.scalars).contains { abs($0 - $1) > 1e-4 })
    }
  }
}
