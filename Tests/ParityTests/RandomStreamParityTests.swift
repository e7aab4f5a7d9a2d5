import Foundation
import Tensors
import TestSupport
import Testing

/// Keys and numbers of named random streams against an independent implementation in numpy, bit for
/// bit.
@Suite struct RandomStreamParityTests {
  private let golden: Golden
  private let streams: [(name: String, stream: RandomStream)]

  init() throws {
    let golden = try Golden("random_streams", in: .module)
    self.golden = golden
    let names = try JSONDecoder().decode(
      [String].self, from: Data(golden.fact("streams").utf8))
    streams = try names.enumerated().map { number, name in
      let halves = try golden.integers("\(number)/seed_low_high").map { UInt64($0) }
      return (name, RandomSource(seed: halves[1] << 32 | halves[0]).stream(name))
    }
  }

  @Test func keysAreEqual() throws {
    #expect(streams.count == 7)
    for (number, (name, stream)) in streams.enumerated() {
      let key = try golden.integers("\(number)/key").map { UInt32($0) }
      #expect(stream == RandomStream(key: SIMD4(key)), "stream '\(name)'")
    }
  }

  @Test func uniformNumbersAreEqual() throws {
    let steps = try golden.integers("uniform_steps")
    for (number, (name, stream)) in streams.enumerated() {
      let expected = try golden.tensor("\(number)/uniform", as: Double.self)
      for (row, step) in steps.enumerated() {
        let shape = expected.shape.dropFirst()
        let single: Tensor<Float> = stream.uniform(shape, step: step)
        let double: Tensor<Double> = stream.uniform(shape, step: step)
        #expect(single.converted(to: Double.self) == expected.slice(row), "'\(name)', step \(step)")
        #expect(double == expected.slice(row), "'\(name)', step \(step)")
      }
    }
  }

  @Test func maskNoiseIsEqual() throws {
    for (number, (name, stream)) in streams.enumerated() {
      let expected = try golden.tensor("\(number)/noise", as: Double.self)
      for (row, draw) in try golden.integers("noise_draws").enumerated() {
        let position = stream.at(step: draw)
        for sample in 0..<expected.shape[1] {
          for index in 0..<expected.shape[2] {
            let word = position.word(index: UInt64(index), sample: sample)
            #expect(
              Double(word >> 8) == expected[row, sample, index],
              "'\(name)', draw \(draw), sample \(sample), element \(index)")
          }
        }
      }
    }
  }
}
