import Tensors
import Testing

@Suite struct ConvolutionTests {
  static let geometries = [
    (3, 1, 1), (3, 2, 1), (1, 1, 0), (1, 2, 0), (2, 2, 0), (3, 1, 0), (4, 3, 2), (5, 1, 2),
    (7, 2, 3), (11, 4, 5),
  ].map { ConvolutionGeometry(kernel: $0.0, stride: $0.1, padding: $0.2) }

  private let stream = RandomSource(seed: 1).stream("images")

  /// The patches of images as rows.
  private func columns<S: TensorScalar>(of x: Tensor<S>, _ g: ConvolutionGeometry) -> Tensor<S> {
    let patches = PatchLayout(images: x.shape, g)
    var result = Tensor<S>(uninitialized: [x.shape[0] * patches.rows, patches.columns])
    result.withUnsafeMutableBufferPointer { out in
      x.withUnsafeBufferPointer { x in
        guard let x = x.baseAddress, let out = out.baseAddress else { return }
        S.imageColumns(patches, images: 2, x, out)
      }
    }
    return result
  }

  /// Adds patches to the pixels that they come from.
  private func add<S: TensorScalar>(
    _ columns: Tensor<S>, to images: inout Tensor<S>, _ g: ConvolutionGeometry
  ) {
    let patches = PatchLayout(images: images.shape, g)
    images.withUnsafeMutableBufferPointer { out in
      columns.withUnsafeBufferPointer { x in
        guard let x = x.baseAddress, let out = out.baseAddress else { return }
        S.addImageColumns(patches, images: 2, x, out)
      }
    }
  }

  /// What lies under the kernel of output (i, j), by the definition: zero beyond the edges.
  private func patchElement<S: TensorScalar>(
    _ x: Tensor<S>, _ g: ConvolutionGeometry, _ b: Int, _ i: Int, _ j: Int, _ c: Int, _ r: Int,
    _ s: Int
  ) -> S {
    let (row, column) = (i * g.stride + r - g.padding, j * g.stride + s - g.padding)
    guard row >= 0, row < x.shape[1], column >= 0, column < x.shape[2] else { return 0 }
    return x[b, row, column, c]
  }

  private func expectPatches<S: TensorScalar>(
    _ x: Tensor<S>, _ g: ConvolutionGeometry
  ) {
    let columns = columns(of: x, g)
    let (height, width) = (g.outputs(along: x.shape[1]), g.outputs(along: x.shape[2]))
    let k = g.kernel
    #expect(columns.shape == [x.shape[0] * height * width, x.shape[3] * k * k])
    var isRight = true
    for row in 0..<columns.shape[0] {
      let (b, i, j) = (row / (height * width), row / width % height, row % width)
      for column in 0..<columns.shape[1] {
        let (c, r, s) = (
          column % x.shape[3], column / x.shape[3] / k, column / x.shape[3] % k
        )
        let expected = patchElement(x, g, b, i, j, c, r, s)
        isRight = isRight && columns[row, column] == expected
      }
    }
    #expect(isRight, "\(x.shape), \(g)")
  }

  @Test(arguments: geometries, [1, 3, 16, 19, 32])
  func `columns are the patches at every level`(_ g: ConvolutionGeometry, channels: Int) {
    let x: Tensor<Float> = stream.uniform([2, 5, 4, channels], in: -1...1)
    for level in KernelLevel.allCases where level.isAvailable {
      level.use { expectPatches(x, g) }
    }
    expectPatches(x.converted(to: Double.self), g)
  }

  /// Integers, so that sums are exact: ⟨columns(x), y⟩ = ⟨x, adjoint(y)⟩ holds to the last bit.
  @Test(arguments: geometries, [1, 3, 16, 19, 32])
  func `adding columns is the adjoint at every level`(_ g: ConvolutionGeometry, channels: Int) {
    func integers(_ shape: Shape, _ step: Int) -> Tensor<Float> {
      Tensor(
        stream.integers(shape.count, below: 9, step: step).map { Float($0 - 4) }, shape: shape)
    }
    let x = integers([2, 5, 4, channels], 1)
    let columns = columns(of: x, g)
    let y = integers(columns.shape, 2)
    let start = integers(x.shape, 3)
    for level in KernelLevel.allCases where level.isAvailable {
      var back = start
      level.use { add(y, to: &back, g) }
      #expect((columns * y).sum() == (x * (back - start)).sum())
    }
    var back = start.converted(to: Double.self)
    add(y.converted(to: Double.self), to: &back, g)
    #expect(
      (columns * y).sum()
        == (x.converted(to: Double.self) * (back - start.converted(to: Double.self))).sum())
  }

  @Test func `numbers of outputs`() {
    #expect(ConvolutionGeometry(kernel: 3, padding: 1).outputs(along: 32) == 32)
    #expect(ConvolutionGeometry(kernel: 3, stride: 2, padding: 1).outputs(along: 32) == 16)
    #expect(ConvolutionGeometry(kernel: 3, stride: 2, padding: 1).outputs(along: 7) == 4)
    #expect(ConvolutionGeometry(kernel: 1, stride: 2).outputs(along: 7) == 4)
  }
}
