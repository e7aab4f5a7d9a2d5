import Tensors
import Testing

@Suite struct ConvolutionTests {
  @Test(arguments: [(3, 1, 1), (3, 2, 1), (1, 1, 0), (2, 2, 0), (3, 1, 0)])
  func columnsGiveTheDirectConvolution(kernel: Int, stride: Int, padding: Int) {
    let g = ConvolutionGeometry(kernel: kernel, stride: stride, padding: padding)
    let stream = RandomSource(seed: 1).stream("images")
    let x: Tensor<Double> = stream.uniform([2, 3, 6, 5], in: -1...1, step: 1)
    let w: Tensor<Double> = stream.uniform([4, 3, kernel, kernel], in: -1...1, step: 2)
    let columns = x.imageColumns(g)
    var product = Tensor<Double>(zeros: [columns.shape[0], 4])
    Tensor.matrixProduct(
      columns, transposed: false, w.reshaped(to: [4, 3 * kernel * kernel]), transposed: true,
      into: &product)
    let (h, v) = (g.outputs(along: 6), g.outputs(along: 5))
    for b in 0..<2 {
      for k in 0..<4 {
        for i in 0..<h {
          for j in 0..<v {
            var expected = 0.0
            for c in 0..<3 {
              for r in 0..<kernel {
                for s in 0..<kernel {
                  let (y, z) = (i * stride + r - padding, j * stride + s - padding)
                  if y >= 0, y < 6, z >= 0, z < 5 { expected += x[b, c, y, z] * w[k, c, r, s] }
                }
              }
            }
            #expect(abs(product[(b * h + i) * v + j, k] - expected) < 1e-12)
          }
        }
      }
    }
  }

  @Test func addingColumnsIsTheAdjoint() {
    let g = ConvolutionGeometry(kernel: 3, stride: 2, padding: 1)
    let stream = RandomSource(seed: 2).stream("adjoint")
    let x: Tensor<Double> = stream.uniform([2, 3, 7, 6], in: -1...1, step: 1)
    let columns = x.imageColumns(g)
    let y: Tensor<Double> = stream.uniform(columns.shape, in: -1...1, step: 2)
    let back = y.addingColumns(toImages: x.shape, g)
    #expect(abs((columns * y).sum() - (x * back).sum()) < 1e-10)
  }
}
