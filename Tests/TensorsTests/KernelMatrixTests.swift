import Tensors
import TestSupport
import Testing

/// Products that take patches from the images equal those with patches written out, at every level and
/// in both precisions, with and without masks.
@Suite struct KernelMatrixTests {
  struct Problem: Sendable, CustomTestStringConvertible {
    var geometry: ConvolutionGeometry
    var channels: Int
    var outputs: Int
    var height = 7
    var width = 6
    var testDescription: String {
      "\(geometry), \(channels) to \(outputs) channels, \(height)×\(width)"
    }
  }

  static let problems =
    [
      (3, 1, 1), (3, 2, 1), (1, 2, 0), (1, 1, 0), (2, 2, 0), (3, 1, 0), (4, 3, 2), (5, 1, 2),
      (7, 2, 3),
      (11, 4, 5), (6, 1, 0),
    ].flatMap { kernel, stride, padding in
      [(1, 5), (3, 16), (16, 13), (19, 8), (32, 33)].map {
        Problem(
          geometry: ConvolutionGeometry(kernel: kernel, stride: stride, padding: padding),
          channels: $0, outputs: $1)
      }
    }
    // Images so large that each is a portion of its own, and so that two are.
    + [(18, 17), (11, 13)].map { height, width in
      Problem(
        geometry: ConvolutionGeometry(kernel: 3, padding: 1), channels: 16, outputs: 13,
        height: height, width: width)
    }

  private let stream = RandomSource(seed: 5).stream("patches")
  private let noise = RandomSource(seed: 6).stream("masks").at(step: 3, part: 1 << 16)

  private func draw(_ shape: Shape, _ step: Int) -> Tensor<Float> {
    stream.uniform(shape, in: -1...1, step: step)
  }

  /// Products of four images with two kernels, of which the second serves the last two, by the
  /// definition: patches in the order of a kernel, by loops.
  private struct Oracle {
    /// (4·H'·W')×(C·R·R).
    let patches: Tensor<Double>
    /// 2×K×(C·R·R).
    let kernel: Tensor<Double>
    let (places, pixels): (Int, Int)
    /// The pixel under every element of `patches`, or nil on the padding.
    let sources: [Int?]

    init(_ x: Tensor<Float>, kernel: Tensor<Float>, _ g: ConvolutionGeometry) {
      let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
      var sources: [Int?] = []
      for image in 0..<4 {
        for i in 0..<g.outputs(along: height) {
          for j in 0..<g.outputs(along: width) {
            for channel in 0..<channels {
              for r in 0..<g.kernel {
                for s in 0..<g.kernel {
                  let (row, column) = (i * g.stride + r - g.padding, j * g.stride + s - g.padding)
                  let isOnImage = (0..<height).contains(row) && (0..<width).contains(column)
                  sources.append(
                    isOnImage
                      ? ((image * height + row) * width + column) * channels + channel : nil)
                }
              }
            }
          }
        }
      }
      let size = channels * g.kernel * g.kernel
      places = sources.count / size
      pixels = x.count
      let pixelsOfX = x.scalars
      patches = Tensor(
        sources.map { $0.map { Double(pixelsOfX[$0]) } ?? 0 }, shape: [places, size])
      self.sources = sources
      self.kernel = kernel.converted(to: Double.self).reshaped(to: [2, kernel.shape[1], size])
    }

    /// Rows of the images of a sample.
    func half(_ sample: Int, of rows: Tensor<Double>) -> Tensor<Double> {
      let count = rows.shape[0] / 2
      return rows.rows(sample * count..<(sample + 1) * count)
    }

    /// The gradients of both kernels, 2×K×(C·R·R).
    func gradients(_ dY: Tensor<Double>) -> Tensor<Double> {
      let parts = (0..<2).flatMap {
        half($0, of: dY).transposed().matrixProduct(half($0, of: patches)).scalars
      }
      return Tensor(parts, shape: kernel.shape)
    }

    func results(_ dY: Tensor<Double>) -> (y: Tensor<Double>, dX: [Double]) {
      var y: [Double] = []
      var dPatches: [Double] = []
      for sample in 0..<2 {
        y += half(sample, of: patches).matrixProduct(kernel.slice(sample).transposed()).scalars
        dPatches += half(sample, of: dY).matrixProduct(kernel.slice(sample)).scalars
      }
      var dX = [Double](repeating: 0, count: pixels)
      for (source, value) in zip(sources, dPatches) {
        if let source { dX[source] += value }
      }
      return (Tensor(y, shape: dY.shape), dX)
    }
  }

  private struct Setting {
    let x: Tensor<Float>
    let dY: Tensor<Float>
    let layout: PatchLayout
    let blocks: [RowBlock]

    init(_ p: Problem, _ draw: (Shape, Int) -> Tensor<Float>) {
      x = draw([4, p.height, p.width, p.channels], 1)
      layout = PatchLayout(images: x.shape, p.geometry)
      dY = draw([4, layout.outHeight, layout.outWidth, p.outputs], 3)
      // Blocks of different sizes.
      blocks = [(0, 0..<1), (0, 1..<2), (1, 2..<4)].map { [layout] sample, images in
        let row = images.lowerBound * layout.rows
        return RowBlock(
          sample: sample, inputRow: row, outputRow: row, count: images.count * layout.rows)
      }
    }
  }

  private func kernel(_ p: Problem, samples: Int?) -> Tensor<Float> {
    let shape: Shape = [p.outputs, p.channels, p.geometry.kernel, p.geometry.kernel]
    return draw(samples.map { shape.prepending($0) } ?? shape, 2)
  }

  private func check<Scalar: TensorScalar>(
    _ matrix: WeightMatrix<Scalar>, _ setting: Setting, _ oracle: Oracle, _ name: String
  ) {
    let (x, dY) = (
      setting.x.converted(to: Scalar.self), setting.dY.converted(to: Scalar.self)
    )
    let rows = setting.dY.converted(to: Double.self).reshaped(to: [oracle.places, matrix.outputs])
    let expected = oracle.results(rows)
    let tolerance = Scalar.self == Double.self ? 1e-13 : 1e-5
    let operand = matrix.over(setting.layout)
    for adds in [false, true] {
      var y = Tensor<Scalar>(repeating: adds ? 2 : .nan, shape: dY.shape)
      var dX = Tensor<Scalar>(repeating: adds ? 2 : .nan, shape: x.shape)
      operand.multiply(x, into: &y, blocks: setting.blocks, adds: adds)
      operand.multiplyTransposed(dY, into: &dX, blocks: setting.blocks, adds: adds)
      if adds {
        y.add(-2)
        dX.add(-2)
      }
      #expect(
        relativeError(y.reshaped(to: expected.y.shape), expected.y) <= tolerance, "y, \(name)")
      let dXExpected = Tensor(expected.dX, shape: x.shape)
      #expect(relativeError(dX, dXExpected) <= tolerance, "dx, \(name)")
    }
  }

  private func forEachWay(
    _ body: (_ level: KernelLevel?, _ name: String) -> Void
  ) {
    for level in KernelLevel.allCases where level.isAvailable {
      level.use { body(level, level.rawValue) }
    }
    body(nil, "double precision")
  }

  @Test(arguments: problems) func `products and gradients of kernels`(_ p: Problem) {
    let setting = Setting(p, draw)
    let kernel = kernel(p, samples: 2)
    let oracle = Oracle(setting.x, kernel: kernel, p.geometry)
    let rows = setting.dY.converted(to: Double.self).reshaped(to: [oracle.places, p.outputs])
    let expected = oracle.gradients(rows).reshaped(to: kernel.shape)
    func checkAll<Scalar: TensorScalar>(_ type: Scalar.Type, _ name: String) {
      for usesLinearAlgebra in [false, true] {
        let matrix = WeightMatrix(
          kernel.converted(to: type), usesLinearAlgebra: usesLinearAlgebra)
        check(matrix, setting, oracle, name)
        for adds in [false, true] {
          var dW = Tensor<Scalar>(repeating: adds ? 2 : .nan, shape: kernel.shape)
          matrix.over(setting.layout).weightGradient(
            x: setting.x.converted(to: type), dY: setting.dY.converted(to: type),
            blocks: setting.blocks, into: &dW, adds: adds)
          if adds { dW.add(-2) }
          #expect(
            relativeError(dW, expected) <= (type == Double.self ? 1e-13 : 1e-5), "dw, \(name)")
        }
      }
    }
    forEachWay { level, name in
      if level == nil { checkAll(Double.self, name) } else { checkAll(Float.self, name) }
    }
  }

  /// The masks are those of the elementwise kernel, in the order of the kernel's own elements.
  @Test(arguments: problems) func `products and gradients of masked kernels`(_ p: Problem) {
    let setting = Setting(p, draw)
    let weight = kernel(p, samples: nil)
    let logits: Tensor<Float> = stream.uniform(weight.shape, in: -3...3, step: 4)
    let copies = weight.sampledMasks(logits: logits, samples: 2, noise: noise)
    let oracle = Oracle(setting.x, kernel: copies, p.geometry)
    let rows = setting.dY.converted(to: Double.self).reshaped(to: [oracle.places, p.outputs])
    let gradients = oracle.gradients(rows).scalars
    var (dLogits, dWeight) = ([Double](), [Double]())
    for i in 0..<weight.count {
      let draws = (0..<2).map {
        MaskDraw(logit: Double(logits[flat: i]), word: noise.word(index: UInt64(i), sample: $0))
      }
      let each = [gradients[i], gradients[weight.count + i]]
      dLogits.append(
        Double(weight[flat: i]) * (each[0] * draws[0].slope + each[1] * draws[1].slope))
      dWeight.append(
        (0..<2).reduce(0) { copies[flat: $1 * weight.count + i] != 0 ? $0 + each[$1] : $0 })
    }
    func checkAll<Scalar: TensorScalar>(_ type: Scalar.Type, _ name: String) {
      let matrix = WeightMatrix(
        weight.converted(to: type), logits: logits.converted(to: type), samples: 2, noise: noise)
      let differing = zip(matrix.keptElements, copies.scalars).filter { $0 != ($1 != 0) }.count
      #expect(differing == 0, "\(name)")
      check(matrix, setting, oracle, name)
      let operand = matrix.over(setting.layout)
      let (x, dY) = (setting.x.converted(to: type), setting.dY.converted(to: type))
      for adds in [false, true] {
        var found = [Tensor<Scalar>](
          repeating: Tensor(repeating: adds ? 2 : .nan, shape: weight.shape), count: 4)
        operand.logitGradient(x: x, dY: dY, blocks: setting.blocks, into: &found[0], adds: adds)
        operand.weightGradient(x: x, dY: dY, blocks: setting.blocks, into: &found[1], adds: adds)
        var (both, beside) = (found[2], found[3])
        operand.gradients(
          x: x, dY: dY, blocks: setting.blocks, intoWeight: &beside, adds: adds, intoLogits: &both,
          adds: adds)
        #expect(both == found[0] && beside == found[1], "\(name)")
        let tolerance = type == Double.self ? 1e-13 : 1e-5
        for (found, expected) in zip(found.prefix(2), [dLogits, dWeight]) {
          var found = found
          if adds { found.add(-2) }
          #expect(
            relativeError(found, Tensor(expected, shape: weight.shape)) <= tolerance, "\(name)")
        }
      }
    }
    forEachWay { level, name in
      if level == nil { checkAll(Double.self, name) } else { checkAll(Float.self, name) }
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
