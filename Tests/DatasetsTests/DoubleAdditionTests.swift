import Datasets
import Tensors
import Testing

@Suite struct DoubleAdditionTests {
  let task = DoubleAddition(digits: 2)

  @Test func `sizes are those of the paper`() {
    #expect(2 * task.pairInputSize == 80)
    #expect(2 * task.pairOutputSize == 40)
  }

  @Test func `one example by hand`() {
    let example = DoubleAddition.Example(47, 85, 6, 90)
    #expect(task.result(ofPair: 0, for: example) == 32)
    #expect(task.result(ofPair: 1, for: example) == 96)
    func ones(_ pairs: [Int]) -> [Int] {
      let input = task.inputs([example], showing: pairs)
      #expect(input.shape == [1, 80])
      return input.scalars.indices.filter { input[flat: $0] == 1 }
    }
    // 47: units 7, tens 4; 85; then 06 and 90 in the second half.
    #expect(ones([0]) == [7, 14, 25, 38])
    #expect(ones([1]) == [46, 50, 60, 79])
    #expect(ones([0, 1]) == [7, 14, 25, 38, 46, 50, 60, 79])
    #expect(task.targets([example], pair: 0) == [2, 3])
    #expect(task.targets([example], pair: 1) == [6, 9])
  }

  @Test func `draws are uniform, independent and of one prefix`() {
    let random = RandomSource(seed: 1).stream("data/train")
    let examples = task.examples(20_000, random: random)
    #expect(Array(examples.prefix(100)) == task.examples(100, random: random))
    for place in 0..<4 {
      let values = examples.map { Double($0.operands[place]) }
      let mean = values.reduce(0, +) / Double(values.count)
      // Standard error of the mean: 28.9 / √20000 = 0.2.
      #expect(abs(mean - 49.5) < 1)
      #expect(Set(examples.map { $0.operands[place] }).count == 100)
    }
    let products = examples.map {
      (Double($0.operands[0]) - 49.5) * (Double($0.operands[2]) - 49.5)
    }
    #expect(abs(products.reduce(0, +) / Double(products.count)) < 30)
  }
}
