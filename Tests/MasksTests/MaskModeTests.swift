import Autograd
import Masks
import NeuralNetworks
import Tensors
import Testing

@Suite struct MaskModeTests {
  private func mask(_ bits: [UInt8]) -> BinaryMask { BinaryMask(bits: bits, shape: [bits.count]) }
  private var learned: MaskSet {
    MaskSet(["a": mask([1, 0]), "b": mask([1, 1]), "c": mask([0, 0])])
  }
  private var context: MaskContext {
    MaskContext(
      weights: learned.masks.mapValues { Tensor(repeating: 1, shape: $0.shape) },
      full: MaskSet(["a": mask([0, 1]), "b": mask([0, 0]), "c": mask([1, 0])]),
      inputOutput: ["a", "c"], early: ["a", "b"])
  }
  private func masks(_ mode: MaskMode) -> MaskSet {
    context.masks(mode, of: learned) { RandomSource(seed: 1).stream($0) }
  }

  @Test func modesByHand() {
    #expect(masks(.none) == MaskSet([:]))
    #expect(masks(.mask) == learned)
    #expect(
      masks(.inverse) == MaskSet(["a": mask([0, 1]), "b": mask([0, 0]), "c": mask([1, 1])]))
    #expect(
      masks(.inverseIOFull)
        == MaskSet(["a": mask([0, 1]), "b": mask([0, 0]), "c": mask([1, 0])]))
    #expect(masks(.inverseIOOnes) == MaskSet(["b": mask([0, 0])]))
    #expect(masks(.halfEarly) == MaskSet(["a": mask([1, 0]), "b": mask([1, 1])]))
    #expect(masks(.halfLate) == MaskSet(["c": mask([0, 0])]))
    for control in [MaskMode.random, .randomComplement, .magnitude] {
      #expect(masks(control)["b"] == (control == .randomComplement ? mask([0, 0]) : mask([1, 1])))
    }
  }

  @Test func maskedParametersAreZeroWhereRemoved() {
    let network = SequentialNetwork<Float>(
      .feedForward(sizes: [2, 2]), random: RandomSource(seed: 1))
    let weight = network.linearLayers[0].weight
    let set = MaskSet([weight.name: BinaryMask(bits: [1, 0, 0, 1], shape: [2, 2])])
    let graph = Graph<Float>()
    let x = graph.constant(Tensor([1, 1], shape: [1, 2]))
    let source = MaskedParameters(network.parameters, masks: set)
    let y = network.forward(x, in: ForwardPass(graph: graph, source: source)).tensor
    let bias = network.parameters[1].value
    #expect(abs(y[0, 0] - weight.value[0, 0] - bias[flat: 0]) < 1e-6)
    #expect(abs(y[0, 1] - weight.value[1, 1] - bias[flat: 1]) < 1e-6)
  }
}
