import Tensors

// Pullbacks run the loops of `TensorScalar` on parts of tensors, which need plain addresses. A
// tensor always has one, even when it is empty.
extension Tensor {
  /// Gives the address of the first element for reading.
  func read<Result>(_ body: (Scalar.In) -> Result) -> Result {
    withUnsafeBufferPointer { buffer in
      guard let address = buffer.baseAddress else {
        fatalError("a tensor without an address")
      }
      return body(address)
    }
  }

  /// Gives the address of the first element for writing; a shared buffer is copied first.
  mutating func write<Result>(_ body: (Scalar.Out) -> Result) -> Result {
    withUnsafeMutableBufferPointer { buffer in
      guard let address = buffer.baseAddress else {
        fatalError("a tensor without an address")
      }
      return body(address)
    }
  }
}
