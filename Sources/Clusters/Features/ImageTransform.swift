import Tensors

/// The images of a step, moved: along rows and columns by a matrix each, then turned.
///
/// Shapes: B×H×W×C → the same.
package struct ImageTransform<Scalar: TensorScalar>: ImageMap {
  private let image: Shape
  /// New × old rows, and the transpose: two elements of a row are not zero.
  private let rows: (map: SparseMatrix<Scalar>, transpose: SparseMatrix<Scalar>)
  /// New × old columns with their channels.
  private let columns: WeightMatrix<Scalar>
  /// What the border adds; nil where it is 0.
  private let background: Tensor<Scalar>?
  private let rotation: ImageRotation<Scalar>?

  /// A motion of images H×W×C.
  package init(_ motion: ImageMotion, of image: Shape) {
    let (height, width, channels) = (image[0], image[1], image[2])
    self.image = image
    var rows = motion.scaling(height, offset: motion.offset.row)
    var columns = motion.scaling(width, offset: motion.offset.column)
    var background =
      motion.fill == 0 ? nil : Self.border(rows.rowSums(), columns.rowSums(), motion.fill)
    if motion.degrees == 0 {
      let cuts = (
        motion.middle(height, secondOffset: motion.secondOffset.row),
        motion.middle(width, secondOffset: motion.secondOffset.column)
      )
      background = background.map {
        cuts.0.matrixProduct($0).matrixProduct(cuts.1.transposed())
      }
      (rows, columns) = (cuts.0.matrixProduct(rows), cuts.1.matrixProduct(columns))
      rotation = nil
    } else {
      rotation = ImageRotation(
        of: (rows.shape[0], columns.shape[0]), by: motion.degrees,
        visible: (
          motion.visible(height, secondOffset: motion.secondOffset.row),
          motion.visible(width, secondOffset: motion.secondOffset.column)
        ),
        offset: (
          motion.place(height, secondOffset: motion.secondOffset.row),
          motion.place(width, secondOffset: motion.secondOffset.column)
        ), to: image)
    }
    self.background = background.map { background in
      Tensor(
        background.scalars.flatMap { [Scalar](repeating: Scalar($0), count: channels) },
        shape: [background.shape[0], background.shape[1] * channels])
    }
    self.rows = (SparseMatrix(rows), SparseMatrix(rows, transposed: true))
    self.columns = WeightMatrix(columns.spread(over: channels).converted(to: Scalar.self))
  }

  /// What the border adds: what the linear part leaves of a constant image, the product of sums of rows, tells
  /// how much of a pixel is border.
  private static func border(
    _ rows: [Double], _ columns: [Double], _ fill: Double
  ) -> Tensor<Double> {
    Tensor(
      rows.flatMap { row in columns.map { fill * (1 - row * $0) } },
      shape: [rows.count, columns.count])
  }

  /// The moved images.
  package func images(of x: Tensor<Scalar>) -> Tensor<Scalar> {
    let count = x.shape[0]
    let lines = rows.map.timesEach(x, width: columns.inputs)
    var y = Tensor<Scalar>(uninitialized: [lines.shape[0], columns.outputs])
    columns.multiply(lines, into: &y, blocks: [RowBlock(all: lines.shape[0])], adds: false)
    y = y.reshaped(to: [count, rows.map.rows * columns.outputs])
    if let background {
      y.combineEach(with: background) { n, y, background in Scalar.addScaled(n, 1, background, y) }
    }
    guard let rotation else { return y.reshaped(to: image.prepending(count)) }
    return rotation.images(of: y)
  }

  /// The gradient of the images from that of the moved ones.
  package func gradient(of dY: Tensor<Scalar>) -> Tensor<Scalar> {
    let count = dY.shape[0]
    let scaled = rotation.map { $0.gradient(of: dY) } ?? dY
    let lines = scaled.reshaped(to: [count * rows.map.rows, columns.outputs])
    var dX = Tensor<Scalar>(uninitialized: [lines.shape[0], columns.inputs])
    columns.multiplyTransposed(
      lines, into: &dX, blocks: [RowBlock(all: lines.shape[0])], adds: false)
    return rows.transpose.timesEach(
      dX.reshaped(to: [count, rows.map.rows * columns.inputs]), width: columns.inputs
    ).reshaped(to: image.prepending(count))
  }
}

extension Tensor<Double> {
  /// The same for every channel: m×n → m·C × n·C.
  fileprivate func spread(over channels: Int) -> Tensor {
    guard channels > 1 else { return self }
    var result = Tensor(zeros: [shape[0] * channels, shape[1] * channels])
    for row in 0..<shape[0] {
      for column in 0..<shape[1] where self[row, column] != 0 {
        for channel in 0..<channels {
          result[row * channels + channel, column * channels + channel] = self[row, column]
        }
      }
    }
    return result
  }
}
