import Datasets
import Tensors
import Testing

@Suite struct AdditionMultiplicationTests {
  let task = AdditionMultiplication(digits: 2)

  @Test func sizesAreThoseOfThePaper() {
    #expect(task.inputSize == 42)
    #expect(task.outputSize == 20)
    #expect(task.encoding.modulus == 100)
  }

  @Test func oneExampleByHand() {
    let example = AdditionMultiplication.Example(a: 47, b: 85, operation: .multiply)
    #expect(task.result(of: .add, for: example) == 32)
    #expect(task.result(of: .multiply, for: example) == 95)
    let input = task.inputs([example]).scalars
    // 47: units 7, tens 4; 85: units 5, tens 8; multiply is the second operation.
    let ones = input.indices.filter { input[$0] == 1 }
    #expect(ones == [7, 10 + 4, 20 + 5, 30 + 8, 41])
    #expect(input.reduce(0, +) == 5)
    #expect(task.targets([example]) == [5, 9])
  }

  @Test func answersReadTheDigitsBack() {
    var logits = Tensor<Float>(zeros: [2, 20])
    logits[0, 5] = 1  // units 5
    logits[0, 10 + 9] = 2  // tens 9
    logits[1, 0] = 3  // units 0
    logits[1, 10] = 3  // tens 0
    #expect(task.answers(logits) == [95, 0])
  }

  /// 40 of the 10,000 pairs of operands have equal sum and product modulo 100.
  @Test func sumAndProductCoincideForFortyPairs() {
    var coincidences = 0
    for a in 0..<100 {
      for b in 0..<100 {
        let example = AdditionMultiplication.Example(a: a, b: b, operation: .add)
        if task.result(of: .add, for: example) == task.result(of: .multiply, for: example) {
          coincidences += 1
        }
      }
    }
    #expect(coincidences == 40)
  }

  @Test func drawsAreUniformAndCoverTheDomain() {
    let random = RandomSource(seed: 1).stream("data/train")
    let examples = task.examples(1_000_000, random: random)
    #expect(Set(examples).count == 20_000)
    let additions = examples.count { $0.operation == .add }
    #expect(abs(additions - 500_000) < 2000)
    #expect(abs(examples.count { $0.a < 25 } - 250_000) < 2000)
    #expect(abs(examples.count { $0.b % 10 == 3 } - 100_000) < 1500)
    #expect(task.examples(10, random: random) == Array(examples.prefix(10)))
  }

  @Test(arguments: 1...4)
  func digitsRoundTrip(digits: Int) {
    let encoding = DigitEncoding(digits: digits)
    for number in [0, 1, 9, encoding.modulus / 2, encoding.modulus - 1] {
      let parts = encoding.digits(of: number)
      #expect(parts.count == digits)
      #expect(encoding.number(fromDigits: parts) == number)
    }
  }
}
