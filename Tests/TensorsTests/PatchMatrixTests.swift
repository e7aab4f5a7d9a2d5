import Tensors
import TestSupport
import Testing

/// Products that take patches from the images equal those with patches written out, at every level.
@Suite struct PatchMatrixTests {
  struct Problem: Sendable, CustomTestStringConvertible {
    var geometry: ConvolutionGeometry
    var channels: Int
    var outputs: Int
    var testDescription: String { "\(geometry), \(channels) to \(outputs) channels" }
  }

  static let problems = [(3, 1, 1), (3, 2, 1), (1, 2, 0), (2, 2, 0), (3, 1, 0), (4, 3, 2)].flatMap {
    kernel, stride, padding in
    [(1, 5), (3, 16), (16, 13), (19, 8), (32, 33)].map {
      Problem(
        geometry: ConvolutionGeometry(kernel: kernel, stride: stride, padding: padding),
        channels: $0, outputs: $1)
    }
  }

  private let stream = RandomSource(seed: 5).stream("patches")

  private func draw(_ shape: Shape, _ step: Int) -> Tensor<Float> {
    stream.uniform(shape, in: -1...1, step: step)
  }

  /// Products of four images with two kernels, of which the second serves the last two, by the
  /// definition: patches in the order of a kernel, in double precision.
  private struct Oracle {
    let patches: Tensor<Double>
    let kernel: Tensor<Double>

    init(_ x: Tensor<Float>, kernel: Tensor<Float>, _ g: ConvolutionGeometry) {
      let columns = x.converted(to: Double.self).imageColumns(g)
      let taps = g.kernel * g.kernel
      patches = columns.reshaped(to: [columns.shape[0], taps, x.shape[3]])
        .permutingAxes([0, 2, 1]).reshaped(to: columns.shape)
      self.kernel = kernel.converted(to: Double.self)
        .reshaped(to: [2, kernel.shape[1], columns.shape[1]])
    }

    /// Rows of the images of a sample.
    func half(_ sample: Int, of rows: Tensor<Double>) -> Tensor<Double> {
      let count = rows.shape[0] / 2
      return rows.rows(sample * count..<(sample + 1) * count)
    }
  }

  @Test(arguments: problems) func `products and gradients at every level`(_ p: Problem) {
    let x = draw([4, 7, 6, p.channels], 1)
    let kernel = draw([2, p.outputs, p.channels, p.geometry.kernel, p.geometry.kernel], 2)
    let layout = PatchLayout(images: x.shape, p.geometry)
    let dY = draw([4, layout.outHeight, layout.outWidth, p.outputs], 3)
    let oracle = Oracle(x, kernel: kernel, p.geometry)
    let rows = dY.converted(to: Double.self).reshaped(to: [4 * layout.rows, p.outputs])
    for level in KernelLevel.allCases where level.isAvailable {
      level.use {
        let matrix = PatchMatrix(kernel: kernel, patches: layout)
        var y = Tensor<Float>(repeating: .nan, shape: dY.shape)
        var dX = x
        var total = matrix.makeGradient()
        // Parts of different sizes.
        for (sample, images) in [(0, 0..<1), (0, 1..<2), (1, 2..<4)] {
          matrix.multiply(x, images: images, sample: sample, into: &y)
          matrix.addInputGradient(dY, images: images, sample: sample, to: &dX)
          matrix.addGradient(
            x: x, dY: dY, images: images, sample: sample, to: &total, adds: images.lowerBound == 1)
        }
        let dKernel = matrix.kernelGradient(total)
        for sample in 0..<2 {
          let w = oracle.kernel.slice(sample)
          let patches = oracle.half(sample, of: oracle.patches)
          let own = oracle.half(sample, of: rows)
          expectClose(
            oracle.half(sample, of: y.converted(to: Double.self).reshaped(to: rows.shape)),
            patches.matrixProduct(w.transposed()), relative: 1e-5, absolute: 1e-5)
          expectClose(
            dKernel.converted(to: Double.self).slice(sample).reshaped(to: w.shape),
            own.transposed().matrixProduct(patches), relative: 1e-5, absolute: 1e-5)
        }
        // ⟨dY, y(v)⟩ = ⟨dX, v⟩ for the images v = x themselves.
        let exact = y.converted(to: Double.self)
        let left = (exact * dY.converted(to: Double.self)).sum()
        let right = ((dX - x).converted(to: Double.self) * x.converted(to: Double.self)).sum()
        #expect(abs(left - right) <= 1e-4 * max(abs(left), 1), "\(level)")
      }
    }
  }

  @Test func `transposes of matrices that follow each other`() {
    let x = Tensor<Float>((0..<12).map(Float.init), shape: [2, 2, 3])
    let expected: [Float] = [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]
    for level in KernelLevel.allCases where level.isAvailable {
      level.use { #expect(x.transposingEach(rows: 2, columns: 3).scalars == expected) }
    }
    #expect(
      x.converted(to: Double.self).transposingEach(rows: 2, columns: 3).scalars
        == expected.map(Double.init))
  }
}
