import Foundation
import Store
import Tensors
import TestSupport
import Testing

@Suite struct StoredTensorConversionTests {
  /// The value of a floating-point pattern with a sign bit, from its definition.
  private func value(_ pattern: UInt16, exponentBits: Int, bias: Int) -> Double {
    let fractionBits = 15 - exponentBits
    let sign: Double = pattern >> 15 == 0 ? 1 : -1
    let exponent = Int(pattern >> fractionBits) & (1 << exponentBits - 1)
    let fraction = Double(Int(pattern) & (1 << fractionBits - 1)) / Double(1 << fractionBits)
    if exponent == 1 << exponentBits - 1 { return fraction == 0 ? sign * .infinity : .nan }
    return exponent == 0
      ? sign * fraction * pow(2, Double(1 - bias))
      : sign * (1 + fraction) * pow(2, Double(exponent - bias))
  }

  @Test(arguments: [5, 8])
  func allNumbersOf16BitsAreConvertedExactly(_ exponentBits: Int) throws {
    let patterns = Array(UInt16.min...UInt16.max)
    let stored: StoredTensor =
      exponentBits == 5 ? .float16(patterns, [65_536]) : .bfloat16(patterns, [65_536])
    let (tensor, isExact) = try #require(stored.convertedToFloat32())
    #expect(isExact && tensor.shape == [65_536])
    let wrong = zip(patterns, tensor.scalars).filter { pattern, found in
      let wanted = value(pattern, exponentBits: exponentBits, bias: 1 << (exponentBits - 1) - 1)
      return wanted.isNaN ? !found.isNaN : Double(found) != wanted
    }
    #expect(wrong.isEmpty)
    for pattern in patterns {
      let single: StoredTensor =
        exponentBits == 5 ? .float16([pattern], [1]) : .bfloat16([pattern], [1])
      let wanted = value(pattern, exponentBits: exponentBits, bias: 1 << (exponentBits - 1) - 1)
      guard single.isFinite != wanted.isFinite else { continue }
      Issue.record("\(pattern)")
    }
  }

  @Test func numbersOf64BitsAreRounded() throws {
    func convert(_ numbers: [Double]) throws -> (tensor: Tensor<Float>, isExact: Bool) {
      try #require(
        StoredTensor.float64(Tensor(numbers, shape: [numbers.count])).convertedToFloat32())
    }
    let exact = try convert([0.5, -0.0, .infinity, 3])
    #expect(exact.isExact && exact.tensor.scalars == [0.5, 0, .infinity, 3])
    #expect(try convert([.nan]).isExact)
    let rounded = try convert([0.1, 1e300])
    #expect(!rounded.isExact && rounded.tensor.scalars == [0.1, .infinity])
    #expect(try convert([]).isExact)
  }

  @Test func wholeNumbersAreNoNumbersWithAFraction() {
    for tensor: StoredTensor in [
      .int64([1], [1]), .int32([1], [1]), .uint8([1], [1]), .bool([1], [1]),
    ] {
      #expect(tensor.convertedToFloat32() == nil)
      #expect(tensor.isFinite)
    }
    #expect(!StoredTensor.float64(Tensor([.nan], shape: [1])).isFinite)
    #expect(!StoredTensor.float32(Tensor([.infinity], shape: [1])).isFinite)
  }

  @Test("16-bit numbers keep their bytes on the way through a file")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let tensors: [String: StoredTensor] = [
        "half": .float16([0, 0x3C00, 0x7C01, 0xFFFF], [2, 2]), "brain": .bfloat16([0x3F80], []),
        "none": .float16([], [3, 0]), "mask": .uint8([1], [1]),
        "weight": .float32(Tensor(scalar: 2)),
      ]
      try Safetensors.write(tensors, to: folder + "/a")
      let found = try Safetensors.read(folder + "/a").tensors
      #expect(SafetensorsTests.areIdentical(found, tensors))
    }
  }
}
