import Tensors

extension Graph {
  /// Slides kernels over images, or a set of kernel samples over the slices of the batch.
  ///
  /// y[b, i, j, k] = Σ_c,r,s x[b, i·stride + r − padding, j·stride + s − padding, c] w[s(b), k, c, r,
  /// s] + bias[s(b), k], with zeros beyond the edges and s(b) = ⌊b S / B⌋.
  ///
  /// Shapes: x B×H×W×C (channels last), weight K×C×R×R or S×K×C×R×R (as in PyTorch), bias K or S×K,
  /// B divisible by S → B×H'×W'×K with H' = ⌊(H + 2·padding − R) / stride⌋ + 1.
  /// Edge cases: B = 0 gives an empty result.
  /// Gradient: dx is the adjoint map of dy; dw[s] = Σ dy ⊗ patches and dbias[s] = Σ dy over slice s.
  /// A constant x costs nothing in the backward pass.
  /// Complexity: one matrix product of B·H'·W'×C·R² by C·R²×K; scratch of about 1 MB for packed patches
  /// of a few images at a time, and copies of the kernel and of its gradient in the order of patches.
  /// PyTorch equivalent: `nn.functional.conv2d(x, weight, bias, stride, padding)` of x in
  /// channels-first order.
  public func convolution(
    _ x: Value<Scalar>, weight: Value<Scalar>, bias: Value<Scalar>? = nil, stride: Int = 1,
    padding: Int = 0
  ) -> Value<Scalar> {
    convolution(x, map: LinearMap(weight), bias: bias, stride: stride, padding: padding)
  }

  /// Applies the map of a kernel and a bias to the patches of images; see
  /// ``convolution(_:weight:bias:stride:padding:)``.
  ///
  /// - Parameters:
  ///   - x: B×H×W×C.
  ///   - map: the kernel, or samples of it.
  ///   - bias: K or S×K.
  ///   - stride: the distance between neighbouring outputs.
  ///   - padding: zeros added on each side.
  public func convolution(
    _ x: Value<Scalar>, map: LinearMap<Scalar>, bias: Value<Scalar>? = nil, stride: Int = 1,
    padding: Int = 0
  ) -> Value<Scalar> {
    require(
      x.shape.rank == 4 && map.shape.rank >= 4,
      "convolution: a kernel \(map.shape) for images \(x.shape)")
    let patches = PatchLayout(
      images: x.shape,
      ConvolutionGeometry(
        kernel: map.shape[map.shape.rank - 1], stride: stride, padding: padding))
    return apply(
      map.over(patches), to: x,
      result: [x.shape[0], patches.outHeight, patches.outWidth, map.outputs], bias: bias,
      operation: "convolution")
  }
}

enum ConvolutionChecks: GradientCheckSource {
  static let operation = "Convolution"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let shapes: [(x: Shape, weight: Shape, bias: Shape?, stride: Int, padding: Int)] = [
      ([2, 4, 3, 2], [3, 2, 3, 3], [3], 1, 1), ([1, 5, 5, 1], [2, 1, 3, 3], nil, 2, 1),
      ([2, 3, 3, 2], [2, 2, 2, 2], [2], 1, 0), ([2, 4, 4, 3], [2, 3, 1, 1], nil, 2, 0),
      ([2, 2, 2, 3], [2, 3, 1, 1], [2], 1, 0), ([4, 3, 3, 1], [2, 2, 1, 3, 3], [2, 2], 1, 1),
      ([2, 3, 3, 1], [2, 1, 3, 3], [2, 2], 1, 0), ([1, 2, 2, 17], [1, 17, 3, 3], nil, 1, 1),
      ([0, 3, 3, 1], [2, 1, 3, 3], [2], 1, 1),
    ]
    return shapes.map { x, weight, bias, stride, padding in
      let inputs = [x, weight] + (bias.map { [$0] } ?? [])
      return OperationSample(
        inputs.map(\.description).joined(separator: ", ") + ", stride \(stride)",
        inputs: inputs.map { .init($0) }, inputsWithoutEffect: x.count == 0 ? [0, 1, 2] : []
      ) { graph, v in
        graph.convolution(
          v[0], weight: v[1], bias: v.count > 2 ? v[2] : nil, stride: stride, padding: padding)
      }
    } + [
      OperationSample("reused kernel", inputs: [.init([2, 3, 3, 2]), .init([2, 2, 3, 3])]) {
        graph, v in
        graph.convolution(
          graph.convolution(v[0], weight: v[1], padding: 1), weight: v[1], padding: 1)
      },
      OperationSample("input is the kernel", inputs: [.init([2, 2, 2, 2])]) { graph, v in
        graph.convolution(v[0], weight: v[0], padding: 1)
      },
    ]
  }
}
