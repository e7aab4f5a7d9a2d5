import Store
import Tensors

extension Dictionary where Key == String, Value == StoredTensor {
  /// Adds tensors under a prefix.
  mutating func add(_ tensors: [String: Tensor<Float>], prefix: String = "") {
    for (name, tensor) in tensors { self[prefix + name] = .float32(tensor) }
  }

  /// The single-precision tensors whose names start with a prefix, without it.
  func tensors(prefix: String = "") -> [String: Tensor<Float>] {
    var result: [String: Tensor<Float>] = [:]
    for case (let name, .float32(let tensor)) in self where name.hasPrefix(prefix) {
      result[String(name.dropFirst(prefix.count))] = tensor
    }
    return result
  }

  /// Adds a few numbers under a name.
  mutating func add(_ numbers: [Double], name: String) {
    self[name] = .float64(Tensor(numbers, shape: [numbers.count]))
  }

  /// The numbers stored under a name.
  ///
  /// - Throws: ``Failure`` (corrupt) when there are not exactly `count`.
  func numbers(_ name: String, count: Int) throws -> [Double] {
    guard case .float64(let tensor)? = self[name], tensor.count == count else {
      throw Failure(.corrupt, "the checkpoint has no '\(name)' with \(count) numbers")
    }
    return tensor.scalars
  }

  /// A tensor of a given shape.
  ///
  /// - Throws: ``Failure`` (corrupt) when it is missing or has another shape.
  func tensor(_ name: String, shape: Shape) throws -> Tensor<Float> {
    guard case .float32(let tensor)? = self[name] else {
      throw Failure(.corrupt, "the checkpoint has no tensor '\(name)'")
    }
    guard tensor.shape == shape else {
      throw Failure(
        .corrupt, "the checkpoint's tensor '\(name)' has shape \(tensor.shape) instead of \(shape)")
    }
    return tensor
  }
}
