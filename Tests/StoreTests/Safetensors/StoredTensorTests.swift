import Store
import Tensors
import Testing

struct StoredTensorTests {
  @Test("types, shapes and sizes")
  func properties() {
    let cases: [(StoredTensor, StoredTensor.ElementType, Int)] = [
      (.float32(Tensor<Float>(zeros: [2, 3])), .float32, 24),
      (.float64(Tensor<Double>(zeros: [2, 3])), .float64, 48),
      (.int64([1, 2, 3, 4, 5, 6], [2, 3]), .int64, 48),
      (.int32([1, 2, 3, 4, 5, 6], [2, 3]), .int32, 24),
      (.uint8([1, 2, 3, 4, 5, 6], [2, 3]), .uint8, 6),
      (.bool([1, 0, 1, 0, 1, 0], [2, 3]), .bool, 6),
    ]
    for (tensor, type, byteCount) in cases {
      #expect(tensor.elementType == type)
      #expect(tensor.shape == [2, 3])
      #expect(tensor.byteCount == byteCount)
      #expect(tensor.withUnsafeBytes { $0.count } == byteCount)
    }
    #expect(cases[0].0 != cases[1].0)
    #expect(cases[2].0.wholeNumbers == [1, 2, 3, 4, 5, 6])
    #expect(cases[3].0.wholeNumbers == [1, 2, 3, 4, 5, 6] && cases[3].0.int64 == nil)
    #expect(cases[5].0 == .bool([1, 0, 1, 0, 1, 0], [2, 3]))
    #expect(cases[5].0 != .uint8([1, 0, 1, 0, 1, 0], [2, 3]))
  }

  @Test("a tensor gives its own memory, not a copy")
  func noCopy() {
    let tensor = Tensor<Float>(zeros: [1000])
    let own = tensor.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    let stored = StoredTensor.float32(tensor).withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    #expect(own == stored)
  }

  @Test("data are ordered by alignment, then by type as the reference does")
  func order() {
    let sorted = StoredTensor.ElementType.allCases
    #expect(sorted.map(\.rawValue) == ["I64", "F64", "F32", "I32", "BF16", "F16", "U8", "BOOL"])
    #expect(sorted.map(\.byteCount) == [8, 8, 4, 4, 2, 2, 1, 1])
  }
}
