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
  /// Complexity: one matrix product of B·H'·W'×C·R² by C·R²×K; scratch of about 0.5 MB, which holds
  /// the patches of a few images at a time.
  /// PyTorch equivalent: `nn.functional.conv2d(x, weight, bias, stride, padding)` of x in
  /// channels-first order.
  public func convolution(
    _ x: Value<Scalar>, weight: Value<Scalar>, bias: Value<Scalar>? = nil, stride: Int = 1,
    padding: Int = 0
  ) -> Value<Scalar> {
    precondition(
      weight.shape.rank >= 4
        && weight.shape[weight.shape.rank - 1]
          == weight.shape[
            weight.shape.rank - 2],
      "convolution: a kernel \(weight.shape)")
    let geometry = ConvolutionGeometry(
      kernel: weight.shape[weight.shape.rank - 1], stride: stride, padding: padding)
    return convolution(x, map: MatrixMap(weight), geometry, bias: bias)
  }

  /// Slides a linear map of patches over images; see
  /// ``convolution(_:weight:bias:stride:padding:)``.
  ///
  /// - Parameters:
  ///   - x: B×H×W×C.
  ///   - map: from C·R·R to K, in the order channel, kernel row, kernel column.
  ///   - geometry: kernel, stride and padding.
  ///   - bias: K or S×K.
  public func convolution(
    _ x: Value<Scalar>, map: any LinearMap<Scalar>, _ geometry: ConvolutionGeometry,
    bias: Value<Scalar>? = nil
  ) -> Value<Scalar> {
    if geometry == ConvolutionGeometry(kernel: 1) { return linear(x, map: map, bias: bias) }
    precondition(
      x.shape.rank == 4 && map.inputs == x.shape[3] * geometry.kernel * geometry.kernel,
      "convolution: a map from \(map.inputs) to \(map.outputs) for images \(x.shape)")
    let plan = ConvolutionPlan(images: x.shape, geometry, samples: map.samples, Scalar.self)
    var y = Tensor<Scalar>(
      uninitialized: [x.shape[0], plan.patches.outHeight, plan.patches.outWidth, map.outputs])
    var columns: Tensor<Scalar> = plan.makeColumns()
    for part in plan.parts {
      plan.write(part, of: x.tensor, to: &columns)
      map.multiply(columns, into: &y, blocks: [plan.block(part)], adds: false)
    }
    let biasLayout = bias.map {
      BiasLayout(x: y.shape, bias: $0.shape, operation: "convolution")
    }
    if let bias, let biasLayout { biasLayout.add(bias.tensor, to: &y) }

    let biasPlace = bias?.place
    return record(y, inputs: [x] + map.dependencies + (bias.map { [$0] } ?? [])) { dY, pull in
      pull.accumulate(into: x) { dX, adds in
        if !adds { dX.fill(0) }
        plan.addInputGradient(of: dY, to: &dX, map: map)
      }
      if map.dependencies.contains(where: { pull.wants($0) }) {
        map.addGradient(
          ofSamples: plan.weightGradient(of: dY, x: x.tensor, map: map), pull: pull)
      }
      if let biasPlace, let biasLayout {
        pull.accumulate(into: biasPlace) { dBias, adds in  // dbias = Σ dy
          biasLayout.addGradient(of: dY, to: &dBias, adds: adds)
        }
      }
    }
  }
}

extension ConvolutionPlan {
  /// dx += the adjoint of the patches, of dy w.
  fileprivate func addInputGradient<Scalar>(
    of dY: Tensor<Scalar>, to dX: inout Tensor<Scalar>, map: any LinearMap<Scalar>
  ) {
    var columns: Tensor<Scalar> = makeColumns()
    for part in parts {
      map.multiplyTransposed(dY, into: &columns, blocks: [block(part)], adds: false)
      add(columns, of: part, to: &dX)
    }
  }

  /// dw[s] = dyᵀ patches, S×K×(C·R·R).
  ///
  /// The sums are made in the order of whole pixels. Seen as images R×R×C, their patches of the size
  /// R are the weights in the right order.
  fileprivate func weightGradient<Scalar>(
    of dY: Tensor<Scalar>, x: Tensor<Scalar>, map: any LinearMap<Scalar>
  ) -> Tensor<Scalar> {
    var columns: Tensor<Scalar> = makeColumns()
    var result = Tensor<Scalar>(zeros: [map.samples, map.outputs, map.inputs])
    for part in parts {
      write(part, of: x, to: &columns, order: .tapsFirst)
      result.addWeightGradient(x: columns, dY: dY, block: block(part))
    }
    let kernel = patches.geometry.kernel
    return result.reshaped(
      to: [map.samples * map.outputs, kernel, kernel, patches.channels]
    ).imageColumns(ConvolutionGeometry(kernel: kernel))
      .reshaped(to: [map.samples, map.outputs, map.inputs])
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
