import Masks
import Testing

@Suite struct MaskSetTests {
  private func mask(_ bits: [UInt8]) -> BinaryMask { BinaryMask(bits: bits, shape: [bits.count]) }

  @Test func tensorsThatOnlyOneOperandMasks() {
    let a = MaskSet(["x": mask([1, 0]), "only.a": mask([1])])
    let b = MaskSet(["x": mask([1, 1]), "only.b": mask([0])])
    #expect((a | b) == MaskSet(["x": mask([1, 1]), "only.a": mask([1]), "only.b": mask([0])]))
    #expect((a & b) == MaskSet(["x": mask([1, 0])]))
    #expect((a - b) == MaskSet(["x": mask([0, 0]), "only.a": mask([1])]))
    #expect((!a)["only.a"] == mask([0]))
    #expect(!(!a) == a)
  }

  @Test func halvesAndReplacement() {
    let all = MaskSet(["x": mask([1, 0]), "y": mask([0, 0])])
    let half = all.filter { $0 == "x" }
    #expect(half == MaskSet(["x": mask([1, 0])]))
    #expect(half | all.filter { $0 != "x" } == all, "the two halves are everything")
    #expect(all.replacing(with: MaskSet(["y": mask([1, 1])]))["y"] == mask([1, 1]))
    #expect(all.replacing(with: MaskSet(["y": mask([1, 1])]))["x"] == mask([1, 0]))
  }

  @Test func countsAndOrder() {
    let set = MaskSet([
      "layers.10.weight": mask([1]), "layers.2.weight": mask([1, 0, 1]), "layers.2.bias": mask([0]),
    ])
    #expect(set.names == ["layers.2.bias", "layers.2.weight", "layers.10.weight"])
    #expect(set.count == 5)
    #expect(set.keptCount == 3)
  }

  @Test func `names have one order whatever they are made of`() {
    let ordered = [
      "layers", "layers.2", "layers.02x", "layers.10", "layers.10.bias", "layers.010",
      "layers.1x", "layers.x", "layers..x", "lstm.2.weight",
    ]
    let expected = [
      "layers", "layers.2", "layers.010", "layers.10", "layers.10.bias", "layers.02x",
      "layers.1x", "layers..x", "layers.x", "lstm.2.weight",
    ]
    let masks = Dictionary(uniqueKeysWithValues: ordered.map { ($0, mask([1])) })
    for _ in 0..<8 {
      // Dictionaries give their keys in another order every time.
      let entries = masks.shuffled().map { ($0.key, $0.value) }
      #expect(MaskSet(Dictionary(uniqueKeysWithValues: entries)).names == expected)
    }
  }
}
