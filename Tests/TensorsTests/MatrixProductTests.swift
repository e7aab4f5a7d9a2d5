import Tensors
import Testing

@Suite struct MatrixProductTests {
  private static func naive<S: TensorScalar>(
    _ a: Tensor<S>, _ aT: Bool, _ b: Tensor<S>, _ bT: Bool, _ m: Int, _ n: Int, _ k: Int
  ) -> [Double] {
    var c: [Double] = []
    for i in 0..<m {
      for j in 0..<n {
        var total = 0.0
        for l in 0..<k {
          total += Double(aT ? a[l, i] : a[i, l]) * Double(bT ? b[j, l] : b[l, j])
        }
        c.append(total)
      }
    }
    return c
  }

  @Test(arguments: [(1, 1, 1), (3, 5, 7), (17, 1, 33), (32, 40, 64), (2, 3, 0)])
  func agreesWithTripleLoop(m: Int, n: Int, k: Int) {
    let stream = RandomSource(seed: 1).stream("gemm")
    for (aT, bT) in [(false, false), (true, false), (false, true), (true, true)] {
      let a: Tensor<Float> = stream.uniform(aT ? [k, m] : [m, k], in: -1...1, step: 1)
      let b: Tensor<Float> = stream.uniform(bT ? [n, k] : [k, n], in: -1...1, step: 2)
      let expected = Self.naive(a, aT, b, bT, m, n, k)
      var c = Tensor<Float>(repeating: 7, shape: [m, n])
      Tensor.matrixProduct(a, transposed: aT, b, transposed: bT, into: &c)
      var added = Tensor<Float>(repeating: 7, shape: [m, n])
      Tensor.matrixProduct(a, transposed: aT, b, transposed: bT, into: &added, adds: true)
      for i in 0..<m * n {
        #expect(abs(Double(c[flat: i]) - expected[i]) < 1e-5)
        #expect(abs(Double(added[flat: i]) - expected[i] - 7) < 1e-5)
      }
      var d = Tensor<Double>(zeros: [m, n])
      Tensor.matrixProduct(
        a.converted(to: Double.self), transposed: aT, b.converted(to: Double.self), transposed: bT,
        into: &d)
      for i in 0..<m * n { #expect(abs(d[flat: i] - expected[i]) < 1e-12) }
    }
  }

  @Test func batchesAreIndependentProducts() {
    let stream = RandomSource(seed: 2).stream("batch")
    let a: Tensor<Float> = stream.uniform([3, 4, 5], in: -1...1, step: 1)
    let b: Tensor<Float> = stream.uniform([3, 6, 5], in: -1...1, step: 2)
    var c = Tensor<Float>(zeros: [3, 4, 6])
    Tensor.matrixProduct(a, transposed: false, b, transposed: true, into: &c)
    for s in 0..<3 {
      #expect(c.slice(s) == a.slice(s).matrixProduct(b.slice(s).transposed()))
    }
  }

  @Test func orthogonalFactorIsOrthogonal() {
    let a: Tensor<Float> = RandomSource(seed: 3).stream("q").normal([20, 20])
    let q = a.orthogonalFactor()
    let product = q.transposed().matrixProduct(q)
    for i in 0..<20 {
      for j in 0..<20 { #expect(abs(product[i, j] - (i == j ? 1 : 0)) < 1e-5) }
    }
    // Q^T A = R is upper triangular with a positive diagonal.
    let r = q.transposed().matrixProduct(a)
    for i in 0..<20 {
      #expect(r[i, i] > 0)
      for j in 0..<i { #expect(abs(r[i, j]) < 1e-4) }
    }
  }
}
