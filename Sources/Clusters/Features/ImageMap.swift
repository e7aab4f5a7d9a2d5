import Autograd
import Tensors

/// An affine map of batches of images, and the transpose of its linear part.
package protocol ImageMap<Scalar> {
  associatedtype Scalar: TensorScalar

  /// The map.
  func images(of x: Tensor<Scalar>) -> Tensor<Scalar>

  /// The gradient of x from that of the result.
  func gradient(of dY: Tensor<Scalar>) -> Tensor<Scalar>
}

extension Graph {
  /// The images that a map makes.
  package func transform(
    _ x: Value<Scalar>, by map: some ImageMap<Scalar>
  ) -> Value<Scalar> {
    let place = x.place
    return record(map.images(of: x.tensor), inputs: [x]) { dY, pull in
      if pull.wants(place) { pull.add(map.gradient(of: dY), to: place) }
    }
  }
}

extension Tensor {
  /// One matrix times each of many.
  ///
  /// Shapes: self B×…, of which each slice is seen as k×n; op(matrix) m×k → B·m×n.
  func multipliedEach(by matrix: Tensor, transposed: Bool, columns: Int) -> Tensor {
    let (m, k) =
      transposed ? (matrix.shape[1], matrix.shape[0]) : (matrix.shape[0], matrix.shape[1])
    let slices = shape[0]
    require(
      slices * k * columns == count, "\(matrix.shape) times \(slices) matrices in \(shape)")
    var result = Tensor(uninitialized: [slices * m, columns])
    result.withUnsafeMutableBufferPointer { y in
      withUnsafeBufferPointer { x in
        matrix.withUnsafeBufferPointer { matrix in
          guard let x = x.baseAddress, let y = y.baseAddress, let a = matrix.baseAddress else {
            return
          }
          for slice in 0..<slices {
            Scalar.gemm(
              m, columns, k, scale: 1, a, stride: matrix.count / (transposed ? k : m),
              transposed: transposed, x + slice * k * columns, stride: columns, transposed: false,
              y + slice * m * columns, stride: columns, adds: false)
          }
        }
      }
    }
    return result
  }

  /// Applies a loop to every slice of the first axis together with one tensor of a slice's size.
  mutating func combineEach(
    with other: Tensor, _ body: (_ n: Int, _ slice: Scalar.Out, _ other: Scalar.In) -> Void
  ) {
    let (size, total) = (other.count, count)
    require(size > 0 && total == shape[0] * size, "\(other.shape) for each of \(shape)")
    withUnsafeMutableBufferPointer { x in
      other.withUnsafeBufferPointer { other in
        guard let x = x.baseAddress, let other = other.baseAddress else { return }
        for start in stride(from: 0, to: total, by: size) { body(size, x + start, other) }
      }
    }
  }
}
