import Tensors

/// A product with a weight in one training step: y = x wᵀ, dw = dyᵀ x and, if wanted, dx = dy w.
///
/// The time of these products through OpenBLAS, on matrices that lie ready in memory, is the yardstick
/// for a mask step: everything else (sampling, masking, gradients of logits, Adam) comes on top.
struct ProductShape: Sendable, Hashable {
  /// Rows of x and y in one product.
  let rows: Int
  /// C.
  let inputs: Int
  /// K.
  let outputs: Int
  /// Products of this shape per training step.
  let count: Int
  /// Whether the gradient of x is computed.
  let hasInputGradient: Bool
  /// Time steps of a recurrent weight: y and dx are as many products of `rows`, dw is one of all rows.
  var steps = 1

  /// Seconds of CPU time of all products of the shapes in one step, each the median of five attempts.
  static func seconds(_ shapes: [ProductShape]) -> Double {
    let times = shapes.map { shape -> Double in
      let random = RandomSource(seed: 1).stream("products")
      let x: Tensor<Float> = random.uniform([shape.rows, shape.inputs], in: -1...1)
      let w: Tensor<Float> = random.uniform([shape.outputs, shape.inputs], in: -1...1, step: 1)
      let dY: Tensor<Float> = random.uniform([shape.rows, shape.outputs], in: -1...1, step: 2)
      let rows = shape.rows * shape.steps
      let allX: Tensor<Float> = random.uniform([rows, shape.inputs], in: -1...1, step: 3)
      let allDY: Tensor<Float> = random.uniform([rows, shape.outputs], in: -1...1, step: 4)
      var (y, dX, dW) = (dY, x, w)
      func once() {
        for _ in 0..<shape.count {
          for _ in 0..<shape.steps {
            Tensor.matrixProduct(x, transposed: false, w, transposed: true, into: &y)
            if shape.hasInputGradient {
              Tensor.matrixProduct(dY, transposed: false, w, transposed: false, into: &dX)
            }
          }
          Tensor.matrixProduct(allDY, transposed: true, allX, transposed: false, into: &dW)
        }
      }
      once()
      return (0..<5).map { _ in
        let start = Processor.secondsUsed()
        once()
        return Processor.secondsUsed() - start
      }.sorted()[2]
    }
    return times.reduce(0, +)
  }
}
